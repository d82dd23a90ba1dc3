using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>The gamma function in double precision.</summary>
internal static class GammaFunction
{
    /// <summary>Returns log Γ(x) for x above 0.</summary>
    public static double Log(double x)
    {
        using var scope = NewDisposeScope();
        return lgamma(tensor(x, ScalarType.Float64)).ReadDouble();
    }

    /// <summary>Returns log Γ(x + ½) − log Γ(x) for x above 0, without the cancellation of the difference for a large x.</summary>
    public static double LogRatioOfHalfStep(double x)
    {
        double sum = 0;
        // Γ(x + ½) / Γ(x) = x / (x + ½) · Γ(x + 3/2) / Γ(x + 1), until the asymptotic series is exact in double precision.
        for (; x < 30; x++)
            sum += Math.Log(x / (x + 0.5));
        double square = x * x;
        return sum + 0.5 * Math.Log(x) - (1.0 / 8 - (1.0 / 192 - (1.0 / 640 - 17.0 / 14336 / square) / square) / square) / x;
    }
}
