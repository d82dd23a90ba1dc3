using Bayes.Layers.Diagnostics;
using Bayes.Layers.Reports.Pages;
using Bayes.Layers.Reports.Predictions;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Reports;

/// <summary>
/// A report about a model on one page: metrics, calibration, intervals, what the uncertainty knows about errors, the posterior, the training, and
/// rows unlike the training data. Immutable: every method returns a new report. Holds plain numbers from the time of the call, and no tensors.
/// </summary>
/// <remarks>
/// The page needs no network, no script and no other file. Its figures are vectors whose text can be selected; it follows the light or dark theme of
/// its reader and fits a phone. The same content gives the same page.
/// </remarks>
/// <example>
/// <c>Report.Of(model, prediction, targets).WithTitle("Breast cancer").WithTraining(history).Save("report.html");</c>
/// </example>
public sealed class Report
{
    /// <summary>The usual name of the file.</summary>
    internal const string FileName = "report.html";

    private readonly ReportContent _content;

    private Report(ReportContent content) => _content = content;

    /// <summary>Creates a report without a prediction: a page of sections of your own.</summary>
    /// <param name="title">The heading.</param>
    /// <exception cref="ArgumentException">The title is blank.</exception>
    public Report(string title) : this(new ReportContent()) => _content = WithTitle(title)._content;

    /// <summary>Compares a prediction with the targets, and describes the posterior of the model that made it.</summary>
    /// <param name="model">The model, with at least one Bayesian layer. It stays as it is.</param>
    /// <param name="prediction">
    /// The prediction of rows that the model was not trained on. With kept samples, intervals and quantiles of numbers are those of the predicted
    /// distributions, and otherwise those of normal ones. It stays yours.
    /// </param>
    /// <param name="targets">The observed values, in the form that the likelihood takes, one for each row.</param>
    /// <exception cref="ArgumentException">
    /// The model has no Bayesian layer, the targets do not fit the prediction or have a NaN, or the prediction is of several outputs.
    /// </exception>
    public static Report Of(nn.Module model, Predictive prediction, Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Of(prediction, targets).WithDiagnostics(PosteriorDiagnostics.Of(model));
    }

    /// <summary>Compares a prediction with the targets: that of an ensemble, a Laplace approximation or any other distribution.</summary>
    /// <param name="prediction">The prediction of rows that were not trained on. It stays yours.</param>
    /// <param name="targets">The observed values, in the form that the likelihood takes, one for each row.</param>
    /// <exception cref="ArgumentException">The targets do not fit the prediction or have a NaN, or the prediction is of several outputs.</exception>
    public static Report Of(Predictive prediction, Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(targets);
        using var noGrad = no_grad();
        return new Report(new ReportContent { Prediction = PredictionKinds.Evaluate(prediction, targets), Known = prediction });
    }

    /// <summary>Compares given probabilities of classes with the observed classes.</summary>
    /// <param name="probability">Probabilities of class 1, <c>[N]</c> or <c>[N, 1]</c>, or of all classes, <c>[N, C]</c> with rows that sum to
    /// one.</param>
    /// <param name="targets">Classes 0 and 1 of the same shape, or class indices 0 to C − 1, <c>[N]</c>.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, a probability is NaN or outside [0, 1], or a target is not a class.</exception>
    public static Report OfProbabilities(Tensor probability, Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(probability);
        ArgumentNullException.ThrowIfNull(targets);
        using var noGrad = no_grad();
        return new Report(new ReportContent { Prediction = EvaluatedClasses.OfProbabilities(probability, targets) });
    }

    /// <summary>Compares given normal distributions with the observed numbers.</summary>
    /// <param name="mean">Predicted means, of any shape, in the target's unit.</param>
    /// <param name="stddev">Predicted standard deviations of the target including the noise, of the same shape.</param>
    /// <param name="targets">Observed values, of the same shape.</param>
    /// <exception cref="ArgumentException">The shapes differ, a value is not finite, or a standard deviation is not above 0.</exception>
    public static Report OfNormal(Tensor mean, Tensor stddev, Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(stddev);
        ArgumentNullException.ThrowIfNull(targets);
        using var noGrad = no_grad();
        return new Report(new ReportContent { Prediction = EvaluatedNumbers.OfNormal(mean, stddev, targets) });
    }

    /// <summary>Compares predicted distributions of numbers with what was observed.</summary>
    internal static Report OfNumbers(PredictedNumbers predicted)
    {
        using var noGrad = no_grad();
        return new Report(new ReportContent { Prediction = EvaluatedNumbers.Of(predicted) });
    }

    /// <summary>Returns the report with another heading.</summary>
    /// <param name="title">The heading.</param>
    /// <exception cref="ArgumentException">The title is blank.</exception>
    public Report WithTitle(string title)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(title);
        return new Report(_content with { Title = title });
    }

    /// <summary>Returns the report with a paragraph below the heading: what was done, in two or three sentences.</summary>
    /// <param name="lead">The paragraph.</param>
    public Report WithLead(string lead)
    {
        ArgumentNullException.ThrowIfNull(lead);
        return new Report(_content with { Lead = lead });
    }

    /// <summary>Returns the report with more findings below the most important numbers.</summary>
    /// <param name="findings">A sentence or two each.</param>
    public Report WithFindings(params IEnumerable<string> findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        return new Report(_content with { Findings = [.. _content.Findings, .. findings] });
    }

    /// <summary>Returns the report with other large numbers at the top than those of the prediction.</summary>
    /// <param name="metrics">About four numbers.</param>
    public Report WithHeadlines(params IEnumerable<ReportMetric> metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        return new Report(_content with { Headlines = [.. metrics] });
    }

    /// <summary>Returns the report with more numbers in the table of metrics.</summary>
    /// <param name="metrics">The numbers.</param>
    public Report WithMetrics(params IEnumerable<ReportMetric> metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        return new Report(_content with { Metrics = [.. _content.Metrics, .. metrics] });
    }

    /// <summary>Returns the report with names of the classes, or of the labels.</summary>
    /// <param name="names">A name for each class, in the order of their indices; two for a single probability.</param>
    /// <exception cref="ArgumentException">There are more or fewer names than classes, or one is blank.</exception>
    public Report WithClassNames(params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        string[] all = [.. names];
        if (_content.Prediction?.ClassCount is not { } count)
            throw new ArgumentException($"The report is not about classes, but {all.Length} names were given; use WithTarget.", nameof(names));
        if (all.Length != count)
            throw new ArgumentException($"There are {all.Length} names; expected one for each of {count} classes.", nameof(names));
        if (Array.FindIndex(all, string.IsNullOrWhiteSpace) is var blank and >= 0)
            throw new ArgumentException($"The name of class {blank} is blank; expected a name.", nameof(names));
        return new Report(_content with { Names = _content.Names with { Classes = all } });
    }

    /// <summary>Returns the report with the name and the unit of a target that is a number.</summary>
    /// <param name="name">The name, as in the middle of a sentence.</param>
    /// <param name="unit">The unit; empty for none.</param>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    public Report WithTarget(string name, string unit = "")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(unit);
        return new Report(_content with { Names = _content.Names with { Target = name, Unit = unit } });
    }

    /// <summary>Returns the report with the course of the training.</summary>
    /// <param name="history">The history that the trainer returned.</param>
    public Report WithTraining(TrainingHistory history)
    {
        ArgumentNullException.ThrowIfNull(history);
        return new Report(_content with { Training = history });
    }

    /// <summary>Returns the report with another description of the posterior, such as one with the loss.</summary>
    /// <param name="diagnostics">The description.</param>
    public Report WithDiagnostics(PosteriorDiagnostics diagnostics)
    {
        ArgumentNullException.ThrowIfNull(diagnostics);
        return new Report(_content with { Diagnostics = diagnostics });
    }

    /// <summary>Returns the report with how well the uncertainty tells other rows from those of the prediction.</summary>
    /// <param name="unseen">The prediction of rows unlike the training data, by the same model. The report's own prediction must not be disposed
    /// yet. Both stay yours.</param>
    /// <param name="name">What the rows are, as a plural in the middle of a sentence.</param>
    /// <exception cref="InvalidOperationException">The report is not of a prediction.</exception>
    /// <exception cref="ArgumentException">The predictions differ in model, likelihood or the shape of a row, or have no score in
    /// common.</exception>
    public Report WithUnseen(Predictive unseen, string name = "unseen rows")
    {
        ArgumentNullException.ThrowIfNull(unseen);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Predictive known = _content.Known
            ?? throw new InvalidOperationException("The report is not of a Predictive; expected one made by Report.Of to compare with unseen rows.");
        return new Report(_content with { Unseen = [.. _content.Unseen, UnseenSection.Of(known, unseen, name)] });
    }

    /// <summary>Returns the report with another section of your own. Those sections stand before the report's, in the order of their
    /// addition.</summary>
    /// <param name="section">The section.</param>
    public Report WithSection(ReportSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return new Report(_content with { Sections = [.. _content.Sections, section] });
    }

    /// <summary>Returns the report with another section of your own after the report's sections.</summary>
    /// <param name="section">The section.</param>
    public Report WithAppendix(ReportSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return new Report(_content with { Appendices = [.. _content.Appendices, section] });
    }

    /// <summary>Returns the report with more settings of the run.</summary>
    /// <param name="settings">Names and values.</param>
    public Report WithSettings(params IEnumerable<ReportSetting> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new Report(_content with { Settings = [.. _content.Settings, .. settings] });
    }

    /// <summary>Returns the report with the source and the licence of the data.</summary>
    /// <param name="attribution">A sentence or two.</param>
    public Report WithAttribution(string attribution)
    {
        ArgumentNullException.ThrowIfNull(attribution);
        return new Report(_content with { Attribution = attribution });
    }

    /// <summary>Returns the page.</summary>
    /// <exception cref="ArgumentException">A row of a table has more or fewer texts than there are columns.</exception>
    public string ToHtml() => HtmlPage.Of(_content.ToPage());

    /// <summary>Writes the page, completely or not at all, and replaces an existing file.</summary>
    /// <param name="path">The file. Its folder must exist.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The caller may not write to the folder.</exception>
    /// <exception cref="ArgumentException">The path is blank, or a row of a table has more or fewer texts than there are columns.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        WholeFile.Write(path, ToHtml());
    }

    /// <summary>Returns the heading.</summary>
    public override string ToString() => _content.Heading;
}
