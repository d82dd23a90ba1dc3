using System.Numerics;
using Bayes.Layers.Estimators;

namespace Bayes.Layers.Training;

/// <summary>Layers whose outputs are drawn: those of <see cref="LocalReparameterization"/>.</summary>
/// <param name="flat">The storage of the posteriors.</param>
internal sealed class SmallNormalLayers<T>(FlatPosterior flat) : SmallLayers<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly HashSet<int> _used = [];

    /// <inheritdoc/>
    public override long MostProducts => 1 << 24;

    // Weights that are used twice are not independent between the uses: they are drawn.
    /// <inheritdoc/>
    public override SmallLinear<T>? Use(BayesianLinear linear)
    {
        var weight = flat.Find(linear.WeightPosterior);
        var bias = linear.BiasPosterior is { } posterior ? flat.Find(posterior) : null;
        return _used.Add(weight.Number) && (bias is null || _used.Add(bias.Number))
            ? new SmallNormalLinear<T>((int)linear.InputSize, (int)linear.OutputSize, weight, bias)
            : null;
    }
}
