using Bayes.Layers.Tabular;

namespace Bayes.Layers.Scoring.Models;

/// <summary>A <see cref="TabularRegression"/>.</summary>
internal sealed class RegressionModel(string path) : TabularModel
{
    private readonly TabularRegression _model = TabularRegression.Load(path);

    protected override IScoredModel Model => _model;

    protected override IEnumerable<string> MoreColumns => _model.NoiseColumns;

    public override IReadOnlyList<ResultColumn> Score(Table rows, ScoringTask task, CancellationToken cancellationToken)
    {
        using var prediction = _model.Predict(rows, DrawsOf(task), cancellationToken);
        var columns = new List<ResultColumn>
        {
            Column("mean", prediction.Mean), Column("epistemic_stddev", prediction.EpistemicStddev),
            Column("aleatoric_stddev", prediction.AleatoricStddev), Column("total_stddev", prediction.TotalStddev),
        };
        if (task.Quantiles.Count > 0)
            foreach (var (level, values) in task.Quantiles.Zip(prediction.Quantiles(task.Quantiles, cancellationToken)))
                columns.Add(Column(ScoringTask.QuantileName(level), values));
        if (task.Targets.Count > 0)
            columns.Add(Column("log_density", prediction.LogDensityOf(_model.TargetOf(rows), cancellationToken)));
        return columns;
    }

    public override void Dispose() => _model.Dispose();
}
