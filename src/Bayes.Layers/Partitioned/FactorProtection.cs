using System.Security.Cryptography;
using Bayes.Layers.Numerics;

namespace Bayes.Layers.Partitioned;

/// <summary>Clips a change of a factor, and adds noise, in the unit of the Fisher information of a posterior that everybody knows.</summary>
internal static class FactorProtection
{
    private const string Stream = "partition.privacy";

    /// <summary>Returns what may leave the partition.</summary>
    /// <param name="change">The change.</param>
    /// <param name="posterior">The posterior that the partition received, a proper distribution.</param>
    /// <param name="privacy">The settings.</param>
    /// <param name="request">The request that is answered, as bytes.</param>
    public static NaturalParameters Apply(NaturalParameters change, NaturalParameters posterior, PartitionPrivacy privacy, ReadOnlySpan<byte> request)
    {
        double[] whitened = Whiten(change, posterior);
        double length = Length(whitened), scale = length > privacy.ClippingLength ? privacy.ClippingLength / length : 1;
        double stddev = privacy.ClippingLength * privacy.NoiseMultiplier;
        double[] noise = privacy.Seed is { } seed ? NamedNoise(seed, request, whitened.Length) : SecretNoise(whitened.Length);
        for (int i = 0; i < whitened.Length; i++)
            whitened[i] = scale * whitened[i] + stddev * noise[i];
        return Unwhiten(whitened, posterior);
    }

    /// <summary>
    /// Returns for each weight the change of precision · (mean − m) / √λ, and of the precision / (√2 λ), where m and λ are the posterior's mean and
    /// precision: the change of its natural parameters times the root of their Fisher information.
    /// </summary>
    public static double[] Whiten(NaturalParameters change, NaturalParameters posterior)
    {
        double[] whitened = new double[2 * change.Count];
        for (int i = 0; i < change.Count; i++)
        {
            double precision = posterior.Precisions[i], mean = posterior.PrecisionMeans[i] / precision;
            whitened[2 * i] = (change.PrecisionMeans[i] - mean * change.Precisions[i]) / Math.Sqrt(precision);
            whitened[2 * i + 1] = change.Precisions[i] / (Math.Sqrt(2) * precision);
        }
        return whitened;
    }

    public static double Length(ReadOnlySpan<double> whitened)
    {
        double sum = 0;
        foreach (double each in whitened)
            sum += each * each;
        return Math.Sqrt(sum);
    }

    private static NaturalParameters Unwhiten(double[] whitened, NaturalParameters posterior)
    {
        double[] precisionMeans = new double[posterior.Count], precisions = new double[posterior.Count];
        for (int i = 0; i < posterior.Count; i++)
        {
            double precision = posterior.Precisions[i], mean = posterior.PrecisionMeans[i] / precision;
            precisions[i] = whitened[2 * i + 1] * Math.Sqrt(2) * precision;
            precisionMeans[i] = whitened[2 * i] * Math.Sqrt(precision) + mean * precisions[i];
        }
        return new NaturalParameters(posterior.Layout, precisionMeans, precisions);
    }

    // The key is the secret, so that nobody else can compute the hash that names the noise.
    private static double[] NamedNoise(long seed, ReadOnlySpan<byte> request, int count)
    {
        byte[] hash = HMACSHA256.HashData(BitConverter.GetBytes(seed), request);
        float[] noise = new float[count];
        NamedNormals.Fill(noise, BitConverter.ToInt64(hash), NamedNormals.Stream(Stream), BitConverter.ToUInt32(hash, sizeof(long)));
        return Array.ConvertAll(noise, each => (double)each);
    }

    // Box & Muller's transform of numbers in (0, 1) with 53 bits.
    private static double[] SecretNoise(int count)
    {
        double[] noise = new double[count];
        byte[] bytes = RandomNumberGenerator.GetBytes(2 * sizeof(ulong) * ((count + 1) / 2));
        for (int i = 0; i < count; i += 2)
        {
            double radius = Math.Sqrt(-2 * Math.Log(Uniform(i))), angle = 2 * Math.PI * Uniform(i + 1);
            noise[i] = radius * Math.Cos(angle);
            if (i + 1 < count)
                noise[i + 1] = radius * Math.Sin(angle);
        }
        return noise;

        double Uniform(int index) => ((BitConverter.ToUInt64(bytes, index * sizeof(ulong)) >> 11) + 0.5) * (1.0 / (1UL << 53));
    }
}
