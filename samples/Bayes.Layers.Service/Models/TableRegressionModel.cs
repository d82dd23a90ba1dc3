using Bayes.Layers.Tabular;

namespace Bayes.Layers.Service.Models;

/// <summary>A file of <see cref="TabularRegression"/>, whose rows are those of its table.</summary>
internal sealed class TableRegressionModel : ServedModel
{
    private readonly TabularRegression _model;
    private readonly double _mass;

    /// <summary>Takes a model over.</summary>
    /// <param name="model">The model.</param>
    /// <param name="draws">The number of its draws.</param>
    /// <param name="seed">Their seed.</param>
    /// <param name="mass">The probability within an interval.</param>
    public TableRegressionModel(TabularRegression model, int draws, int seed, double mass)
    {
        (_model, _mass) = (model, mass);
        Description = new ModelDescription("regression", $"{model}", TableRows.ColumnsOf(model.Summary, model.NoiseColumns), draws, seed)
        {
            Target = model.Target, IntervalMass = mass,
        };
    }

    /// <inheritdoc/>
    public override ModelDescription Description { get; }

    /// <inheritdoc/>
    public override PredictedRow[] Predict(IReadOnlyList<object?[]> rows, CancellationToken cancellationToken)
    {
        using var prediction = _model.Predict(TableRows.Of(rows, Columns), cancellationToken);
        var (lower, upper) = prediction.Interval(_mass, cancellationToken);
        var answers = new PredictedRow[rows.Count];
        for (int row = 0; row < answers.Length; row++)
            answers[row] = new PredictedRow
            {
                Mean = prediction.Mean[row], Lower = lower[row], Upper = upper[row], EpistemicStddev = prediction.EpistemicStddev[row],
                AleatoricStddev = prediction.AleatoricStddev[row], TotalStddev = prediction.TotalStddev[row],
            }.IfFinite();
        return answers;
    }

    /// <inheritdoc/>
    public override void Dispose() => _model.Dispose();
}
