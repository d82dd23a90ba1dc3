using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tabular;

/// <summary>Student's t with a learned scale: noise of one size with heavy tails, which outliers hardly move.</summary>
/// <param name="mixture">The likelihood of the ensemble, of three components.</param>
internal sealed class HeavyTailedHead(GaussianMixtureLikelihood mixture) : MemberHead("heavy-tailed", 1)
{
    private const double DegreesOfFreedom = 4;

    // Of the standardised target.
    private const double FirstScale = 0.5;

    // The mixture of three normal distributions with the least KL divergence from Student's t with 4 degrees of freedom: 0.0007 nats.
    private static readonly (double Share, double Stddev)[] Components = [(0.659148, 0.890881), (0.324727, 1.814921), (0.016125, 5.004802)];

    /// <inheritdoc/>
    public override bool IsForFewRows => true;

    /// <inheritdoc/>
    public override Likelihood CreateLikelihood() => StudentTLikelihood.Learned(DegreesOfFreedom, FirstScale);

    /// <inheritdoc/>
    public override int? SharedOutputs => 3 * Components.Length;

    /// <inheritdoc/>
    public override void Expand(Likelihood likelihood, float[,] weight, float[] bias)
    {
        double scale = ((StudentTLikelihood)likelihood).Scale, added = mixture.MinimumStddev * mixture.MinimumStddev;
        int count = Components.Length;
        foreach (var (component, (share, stddev)) in Components.Index())
        {
            double variance = Math.Pow(scale * stddev, 2);
            bias[component] = (float)Math.Log(share);
            weight[count + component, 0] = 1;
            // The likelihood adds the least variance.
            bias[2 * count + component] = (float)Math.Log(Math.Max(variance - added, 1e-3 * variance));
        }
    }
}
