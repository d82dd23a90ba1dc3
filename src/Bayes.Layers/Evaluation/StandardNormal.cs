using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>N(0, 1) in double precision, from torch's special functions.</summary>
internal static class StandardNormal
{
    public static readonly double LogOfRootOfTwoPi = 0.5 * Math.Log(2 * Math.PI);

    /// <summary>The density.</summary>
    public static double Density(double z) => Math.Exp(-0.5 * z * z - LogOfRootOfTwoPi);

    /// <summary>The distribution function of each number.</summary>
    public static double[] Cumulative(double[] z)
    {
        using var scope = NewDisposeScope();
        return TensorValues.Read(special.ndtr(tensor(z)));
    }

    /// <summary>The number z with a share <paramref name="mass"/> of the distribution in [−z, z].</summary>
    public static double HalfWidth(double mass)
    {
        using var scope = NewDisposeScope();
        // From the lower tail, which keeps its precision where the mass is near one.
        return -TensorValues.Read(special.ndtri(tensor(new[] { (1 - mass) / 2 })))[0];
    }
}
