using Bayes.Layers.Tabular;

namespace Bayes.Layers.Uncertainty.Methods;

/// <summary>Bayesian networks on a table, as <see cref="TabularRegression"/> trains them by default.</summary>
internal class BayesMethod : UncertaintyMethod
{
    private const string Target = "target";

    public override string Name => "bayes";

    public override string Description =>
        "An ensemble of Bayesian networks, as TabularRegression of Bayes.Layers.Tabular trains it by default; everything that it chooses, it chooses "
        + "by training rows and the ELBO.";

    /// <summary>Gets the options of the training but for the seed; the defaults.</summary>
    protected virtual TabularOptions Options => new();

    public override PredictedTargets Predict(SplitRows rows, long seed, CancellationToken cancellationToken)
    {
        // Names of their own: those of the file may repeat.
        string[] names = [.. Enumerable.Range(0, rows.Train.GetLength(1)).Select(column => $"x{column}")];
        var model = TabularRegression.Train(
            Table.Of(rows.Train, names).With(Target, rows.Targets), Target, Options with { Seed = (int)(seed & int.MaxValue) },
            progress: null, cancellationToken);
        return new TabularTargets(model, Table.Of(rows.Test, names), cancellationToken);
    }
}
