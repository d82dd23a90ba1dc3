using Bayes.Layers.Tabular;

namespace Bayes.Layers.Uncertainty.Methods;

/// <summary>The predictive distributions of a model of a table: mixtures of all draws of all networks.</summary>
internal sealed class TabularTargets : PredictedTargets
{
    private readonly TabularRegression _model;
    private readonly TabularPrediction _prediction;

    /// <summary>Predicts rows, and owns the model from now on.</summary>
    public TabularTargets(TabularRegression model, Table rows, CancellationToken cancellationToken)
    {
        _model = model;
        try
        {
            _prediction = model.Predict(rows, cancellationToken);
            (Lower, Upper) = _prediction.Interval(0.95, cancellationToken);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override IReadOnlyList<double> Mean => _prediction.Mean;

    public override IReadOnlyList<double> Lower { get; } = [];

    public override IReadOnlyList<double> Upper { get; } = [];

    public override IReadOnlyList<double> LogDensity(IReadOnlyList<double> targets) => _prediction.LogDensityOf(targets);

    public override void Dispose()
    {
        _prediction?.Dispose();
        _model.Dispose();
    }
}
