using Bayes.Layers.Estimators;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>
/// The moments of values that are 0 with probability p, and otherwise divided by 1 − p: the mean m and the variance (v + p m²) / (1 − p).
/// </summary>
internal static class DropoutMoments
{
    /// <summary>Returns the rule of a module that drops values while it is in training mode.</summary>
    /// <param name="probability">Gets p.</param>
    public static MomentRule Rule<TModule>(Func<TModule, double> probability) where TModule : nn.Module<Tensor, Tensor> =>
        (module, input, _) => Of(input, module.training ? probability((TModule)module) : 0);

    /// <summary>Computes the moments, of each value alone.</summary>
    /// <param name="input">The moments m and v.</param>
    /// <param name="probability">p.</param>
    public static Moments Of(Moments input, double probability)
    {
        if (probability == 0)
            return input.Alias();
        if (probability >= 1)
            return new(zeros_like(input.Mean));
        using var scope = NewDisposeScope();
        using Scalar ofVariance = 1 / (1 - probability), ofSquare = probability / (1 - probability);
        var squares = input.Mean.mul(input.Mean).mul(ofSquare);
        var variance = input.Variance is null ? squares : squares.add(input.Variance, ofVariance);
        return new Moments(input.Mean.alias(), variance).MoveToOuter(scope);
    }
}
