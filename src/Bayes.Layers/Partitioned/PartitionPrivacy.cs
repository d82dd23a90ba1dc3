using Bayes.Layers.Numerics;

namespace Bayes.Layers.Partitioned;

/// <summary>
/// How a partition protects its data: each answer is clipped to a length, and normal noise in proportion to that length is added before it leaves
/// (the Gaussian mechanism: Dwork &amp; Roth 2014, "The Algorithmic Foundations of Differential Privacy", appendix A). Immutable.
/// </summary>
/// <remarks>
/// <para>The unit of protection is the whole partition: (ε, δ) compares its answers with those of a partition that never changes its factor.
/// One row of a partition is protected at least as well as that. Two different data sets of one partition can differ by twice the length, which
/// counts like half the multiplier. The number of rows and the expected log-likelihood are not sent. That there is a partition of this name, and
/// when it answers, is not protected.</para>
/// <para>The length is measured where all weights have one unit: by the Fisher information of the posterior that the partition received, which
/// everybody knows. For one weight it is the root of a² + b², where a is the change of precision · (mean − old mean), in units of the root of the old
/// precision, and b the change of the precision in units of √2 times the old one; for small changes, half its square is the divergence of the new
/// posterior from the old one.</para>
/// </remarks>
public sealed record PartitionPrivacy
{
    /// <summary>Creates the settings.</summary>
    /// <param name="clippingLength">The largest length of a change; longer ones are scaled down. Above 0.</param>
    /// <param name="noiseMultiplier">
    /// The standard deviation of the noise of each of the two numbers of a weight, in units of <paramref name="clippingLength"/>. Above 0.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public PartitionPrivacy(double clippingLength, double noiseMultiplier) =>
        (ClippingLength, NoiseMultiplier) = (Require.PositiveAndFinite(clippingLength), Require.PositiveAndFinite(noiseMultiplier));

    /// <summary>Gets the largest length of a change.</summary>
    public double ClippingLength { get; }

    /// <summary>Gets the standard deviation of the noise in units of <see cref="ClippingLength"/>.</summary>
    public double NoiseMultiplier { get; }

    /// <summary>
    /// Gets the seed of the noise, a secret of the partition: whoever knows it can subtract the noise. Null, the default, takes noise from the
    /// operating system's source of random numbers, which cannot be repeated. With a seed the noise depends on it and on the whole request alone, so
    /// that a request that comes twice gets the same answer, which tells nothing new.
    /// </summary>
    public long? Seed { get; init; }

    /// <summary>
    /// Gets the most answers that the partition gives, over all its time; at least 1. Null, the default, sets no limit.
    /// <see cref="PrivacyAccountant.Epsilon"/> tells what a number of answers costs.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int? MostAnswers { get; init => field = value is { } answers ? (int)Require.Positive(answers, nameof(MostAnswers)) : null; }

    /// <summary>
    /// Gets the number of answers that the partition gave before its worker was made, which count for <see cref="MostAnswers"/>; at least 0, the
    /// default. An engine that makes workers anew keeps <see cref="PartitionWorker.PrivateAnswers"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int AnswersBefore
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(AnswersBefore));
            field = value;
        }
    }

    /// <summary>Returns the settings without the seed, which is secret.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"PartitionPrivacy(clippingLength={ClippingLength}, noiseMultiplier={NoiseMultiplier})");
}
