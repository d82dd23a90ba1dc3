namespace Bayes.Layers.Reports.Predictions;

/// <summary>A prediction compared with the targets, as plain numbers. A kind of target derives from it and says what a report shows.</summary>
internal abstract class EvaluatedPrediction
{
    /// <summary>The number of classes that can be named, or null if the targets are numbers.</summary>
    public virtual int? ClassCount => null;

    /// <summary>The number of examples.</summary>
    public abstract long Count { get; }

    /// <summary>Returns the numbers that stand large at the top of a page, about four.</summary>
    public abstract IReadOnlyList<ReportMetric> Headlines(ReportNames names);

    /// <summary>Returns the results in words, a sentence or two each.</summary>
    public abstract IReadOnlyList<string> Findings(ReportNames names);

    /// <summary>Returns all numbers.</summary>
    public abstract IReadOnlyList<ReportMetric> Metrics(ReportNames names);

    /// <summary>Returns the sections, in order.</summary>
    public abstract IEnumerable<ReportSection> Sections(ReportNames names);
}
