using System.Numerics;
using Bayes.Layers.Estimators;

namespace Bayes.Layers.Training;

/// <summary>Layers whose weights are drawn: those of <see cref="Reparameterization"/>.</summary>
/// <param name="flat">The storage of the posteriors.</param>
internal sealed class SmallDrawnLayers<T>(FlatPosterior flat) : SmallLayers<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Dictionary<BayesianLinear, SmallDrawnLayer<T>> _layers = [];

    /// <inheritdoc/>
    public override long MostProducts => 1 << 20;

    // A layer that is used several times is one variable: it is drawn once in a pass.
    /// <inheritdoc/>
    public override SmallLinear<T> Use(BayesianLinear linear)
    {
        bool isFirst = !_layers.TryGetValue(linear, out var layer);
        if (layer is null)
            _layers.Add(linear, layer = new SmallDrawnLayer<T>(
                (int)linear.InputSize, (int)linear.OutputSize, flat.Find(linear.WeightPosterior),
                linear.BiasPosterior is { } bias ? flat.Find(bias) : null));
        return new SmallDrawnLinear<T>(layer, isFirst);
    }
}
