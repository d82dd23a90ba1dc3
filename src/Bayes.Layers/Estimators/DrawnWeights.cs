using Bayes.Layers.Maps;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>The weights of a layer in a pass, the same at every use.</summary>
/// <param name="Weight">The weight, with the axis of draws in front if <paramref name="ArePerDraw"/>.</param>
/// <param name="Bias">The bias likewise, or null.</param>
/// <param name="ArePerDraw">Whether each draw has weights of its own; otherwise one weight serves all rows and draws.</param>
internal readonly record struct DrawnWeights(Tensor Weight, Tensor? Bias, bool ArePerDraw)
{
    /// <summary>Returns a layer with these weights as a function from <c>[1|S, B, …]</c> to <c>[1|S, B, …]</c>.</summary>
    public Func<Tensor, Tensor> With(BilinearMap map)
    {
        var (weight, bias, _) = this;
        return ArePerDraw ? input => map.ApplyPerDraw(input, weight, bias) : input => map.Apply(input, weight, bias);
    }
}
