using System.Numerics;
using Bayes.Layers.Modules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Makes the steps of a <see cref="SmallNetwork{T}"/> from modules: <see cref="BayesianLinear"/> first, and after it more of them, functions of
/// elements, <see cref="BayesianResidual"/>, <see cref="LayerNorm"/>, <see cref="Dropout"/> and <see cref="MonteCarloDropout"/>, one after the other
/// in <see cref="BayesianSequential"/>.
/// </summary>
/// <param name="layers">Makes the layers.</param>
internal sealed class SmallParts<T>(SmallLayers<T> layers) where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Dictionary<(MonteCarloDropout, int), SmallDrawnDropout<T>> _dropouts = [];

    /// <summary>Returns the steps of a model and the features of its input; null if a module is not supported or sizes do not fit.</summary>
    public (SmallChain<T> Chain, int InputSize)? TryChain(nn.Module<Tensor, Tensor> model)
    {
        var steps = new List<SmallStep<T>>();
        return TryAdd(model, steps, 0) is not null && steps is [SmallLinear<T> first, ..] ? (new SmallChain<T>(steps), first.InputSize) : null;
    }

    // Adds the steps of a module for an input of some features, 0 at the start, and returns the features of its output.
    private int? TryAdd(nn.Module<Tensor, Tensor> module, List<SmallStep<T>> steps, int width)
    {
        if (module is BayesianSequential sequence)
        {
            int? now = width;
            foreach (var each in sequence.Walk())
                now = now is { } features ? TryAdd(each, steps, features) : null;
            return now;
        }
        if (TryMake(module, width) is not { } step)
            return null;
        steps.Add(step);
        return step.Width;
    }

    private SmallStep<T>? TryMake(nn.Module<Tensor, Tensor> module, int width)
    {
        switch (module)
        {
            case BayesianLinear linear:
                return width == 0 || linear.InputSize == width ? layers.Use(linear) : null;
            case var _ when width == 0:
                return null;
            case BayesianResidual residual:
                var inner = new List<SmallStep<T>>();
                return TryAdd(residual.Inner, inner, width) == width && inner.Count > 0 ? new SmallResidual<T>(new SmallChain<T>(inner)) : null;
            case MonteCarloDropout { DropsFeatures: true } dropout:
                var step = new SmallDrawnDropout<T>(dropout, width, _dropouts.GetValueOrDefault((dropout, width)));
                _dropouts.TryAdd((dropout, width), step);
                return step;
            case Dropout dropout:
                return new SmallPlainDropout<T>(dropout, width);
            case LayerNorm normalization when SmallNormalization<T>.Takes(normalization, width):
                return new SmallNormalization<T>(normalization, width);
        }
        return KnownModules.FunctionOf(module)?.Slope is { } function ? new SmallFunction<T>(module, function, width) : null;
    }
}
