using Bayes.Layers.Tabular;

namespace Bayes.Layers.Uncertainty.Methods;

/// <summary>Bayesian networks on a table, whose intervals are calibrated on training rows that are held out for it.</summary>
internal sealed class CalibratedBayesMethod : BayesMethod
{
    // Enough rows for an interval of 95 % even in the smallest set of the literature, where a tenth would be 28.
    private const double Share = 0.15;

    public override string Name => "bayes-calibrated";

    public override string Description =>
        $"The same with {nameof(TabularOptions.CalibrationShare)} = {Share}: the networks see that much less of the training rows, and the intervals "
        + "cover what they say on the rest.";

    protected override TabularOptions Options => new() { CalibrationShare = Share };
}
