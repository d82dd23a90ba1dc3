using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>The numbers of one <see cref="Ivon"/>.</summary>
/// <param name="EffectiveSampleSize">λ.</param>
/// <param name="WeightDecay">δ.</param>
/// <param name="InitialHessian">h₀.</param>
/// <param name="Beta1">β₁.</param>
/// <param name="Beta2">β₂.</param>
/// <param name="Samples">S, the number of draws of a step.</param>
/// <param name="Antithetic">Whether every second draw mirrors the one before it.</param>
/// <param name="Noise">The source of the noise of draws.</param>
internal sealed record IvonSettings(
    double EffectiveSampleSize, double WeightDecay, double InitialHessian, double Beta1, double Beta2, int Samples, bool Antithetic,
    NoiseSource Noise)
{
    /// <summary>Gets λ δ, the precision of the prior.</summary>
    public double PriorPrecision => EffectiveSampleSize * WeightDecay;

    /// <summary>Gets the standard deviation of the prior.</summary>
    public double PriorStddev => 1 / Math.Sqrt(PriorPrecision);

    /// <summary>Returns λ (h + δ), the precision of weights, a new tensor.</summary>
    public Tensor Precision(Tensor hessian)
    {
        using var scope = NewDisposeScope();
        using Scalar size = EffectiveSampleSize, prior = PriorPrecision;
        return hessian.mul(size).add_(prior, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the numbers of options.</summary>
    /// <param name="options">The options.</param>
    /// <param name="size">λ if the options leave it open.</param>
    public static IvonSettings Of(IvonOptions options, double size)
    {
        double own = options.EffectiveSampleSize ?? size;
        return new(
            own, options.WeightDecay ?? 1 / own, options.InitialHessian, options.Beta1, options.Beta2, options.Samples, options.Antithetic,
            options.Noise);
    }
}
