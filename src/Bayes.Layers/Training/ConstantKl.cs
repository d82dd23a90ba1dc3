using Bayes.Layers.Numerics;

namespace Bayes.Layers.Training;

/// <summary>The same factor at every step: by default 1, which is Bayes' rule if the loss's beta is 1.</summary>
public sealed class ConstantKl : KlSchedule
{
    private readonly double _factor;

    /// <summary>Creates a constant factor.</summary>
    /// <param name="factor">The factor; at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is outside its range.</exception>
    public ConstantKl(double factor = 1) => _factor = Require.NonNegativeAndFinite(factor);

    /// <inheritdoc/>
    public override double Factor(TrainingPosition position) => _factor;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"ConstantKl(factor={_factor})");
}
