using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>The gamma function in double precision, from torch's special functions.</summary>
internal static class GammaFunction
{
    /// <summary>log Γ(x), x above 0.</summary>
    public static double Log(double x)
    {
        using var scope = NewDisposeScope();
        return lgamma(tensor(x, ScalarType.Float64)).ReadDouble();
    }

    /// <summary>log Γ(x + ½) − log Γ(x), x above 0: by its asymptotic series where the two are too large to be subtracted.</summary>
    public static double LogRatioOfHalfStep(double x) =>
        x > 1e4 ? 0.5 * Math.Log(x) - 1 / (8 * x) + 1 / (192 * x * x * x) : Log(x + 0.5) - Log(x);
}
