using Bayes.Layers.Tabular;

namespace Bayes.Layers.Scoring.Models;

/// <summary>A model of a table, which knows its columns.</summary>
internal abstract class TabularModel : ScoredModel
{
    public override int UsualDraws => Model.Networks.Draws;

    public override bool NeedsKinds => true;

    /// <summary>Gets the model.</summary>
    protected abstract IScoredModel Model { get; }

    /// <summary>Gets the columns that are read besides those of features and the target.</summary>
    protected virtual IEnumerable<string> MoreColumns => [];

    public override IReadOnlyList<string> FeaturesOf(ScoringRequest request, IReadOnlyList<string> columns)
    {
        if (request.Features is not null)
            throw new ScoringException("The model knows its columns; expected no features.");
        if (request.Targets.Count > 0 && (request.Targets.Count != 1 || request.Targets[0] != Model.Target))
            throw new ScoringException(
                $"The target is '{string.Join("', '", request.Targets)}'; expected '{Model.Target}', which the model predicts, or none.");
        return [.. Model.Networks.Encoding.Columns.Where(column => column.Features.Count > 0).Select(column => column.Column).Concat(MoreColumns)];
    }

    /// <summary>Returns the names of the functions.</summary>
    protected static TabularDraws DrawsOf(ScoringTask task) => new(task.Draws, task.Seed, ScoringTask.Budget);

    /// <summary>Returns numbers as a column.</summary>
    protected static ResultColumn Column(string name, IEnumerable<double> values) => new(name, values.ToArray());
}
