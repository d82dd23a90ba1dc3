using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>N(0, 1) in double precision, from torch's special functions.</summary>
internal static class StandardNormal
{
    public static readonly double LogOfRootOfTwoPi = 0.5 * Math.Log(2 * Math.PI);

    /// <summary>½ log(2πe), in nats; the entropy of N(mu, sigma²) is larger by log sigma.</summary>
    public static readonly double Entropy = LogOfRootOfTwoPi + 0.5;

    /// <summary>Returns the density.</summary>
    public static double Density(double z) => Math.Exp(-0.5 * z * z - LogOfRootOfTwoPi);

    /// <summary>Returns the distribution function of each number.</summary>
    public static double[] Cumulative(double[] z)
    {
        using var scope = NewDisposeScope();
        return special.ndtr(tensor(z)).ReadDoubles();
    }

    /// <summary>Returns the number with a share <paramref name="level"/> of the distribution below it.</summary>
    public static double Quantile(double level)
    {
        using var scope = NewDisposeScope();
        return special.ndtri(tensor(level, ScalarType.Float64)).ReadDouble();
    }

    /// <summary>
    /// Returns the number z with a share <paramref name="mass"/> of the distribution in [−z, z], computed from the lower tail, which keeps its
    /// precision for a mass near one.
    /// </summary>
    public static double HalfWidth(double mass) => -Quantile((1 - mass) / 2);
}
