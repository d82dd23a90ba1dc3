using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>
/// Holds the results of a prediction that need no samples, computed from the moments of the mixture. Each tensor has its own storage.
/// </summary>
internal sealed class PredictiveValues
{
    /// <summary>Computes the values, in the caller's dispose scope.</summary>
    /// <param name="moments">The moments.</param>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="dtype">The type of the outputs, and of the values.</param>
    public PredictiveValues(MixtureMoments moments, Likelihood likelihood, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var spread = MixtureSpread.Of(moments, dtype);
        (Mean, AleatoricVariance, AleatoricStddev) = (Moved(spread.Mean), Moved(spread.AleatoricVariance), Moved(spread.AleatoricStddev));
        (EpistemicVariance, TotalVariance, TotalStddev) = (Moved(spread.EpistemicVariance), Moved(spread.TotalVariance), Moved(spread.TotalStddev));
        if (moments.Count > 1)
            (EpistemicStddev, StandardErrorOfMean) = (Moved(spread.EpistemicStddev), Moved(spread.StandardErrorOfMean));
        if (likelihood is ClassLikelihood classes && moments.Entropy is { } expected)
        {
            // In the type and the way in which the entropies of the draws were computed, so that the two agree if all draws do.
            var mean = moments.Mean.to(dtype.AtLeastSingle());
            var entropy = ((moments.IsOfLanes ? LaneSums.TryEntropy(classes, mean) : null) ?? classes.Entropy(mean)).to(ScalarType.Float64);
            TotalEntropy = Result(entropy);
            ExpectedEntropy = Result(expected);
            // Rounding would take it below 0 when all draws agree.
            MutualInformation = Result(entropy.add(expected, Scalars.MinusOne).clamp_min_(Scalars.Zero));
        }
        if (moments.LogDensity is { } logDensity)
            LogPredictiveDensity = Result(logDensity);

        Tensor Result(Tensor value) => Moved(value.to(dtype, copy: true));

        static Tensor Moved(Tensor value) => value.MoveToOuterDisposeScope();
    }

    public Tensor Mean { get; }

    public Tensor AleatoricVariance { get; }

    public Tensor AleatoricStddev { get; }

    public Tensor EpistemicVariance { get; }

    public Tensor TotalVariance { get; }

    public Tensor TotalStddev { get; }

    /// <summary>Gets the standard deviation with divisor S − 1; null with one draw.</summary>
    public Tensor? EpistemicStddev { get; }

    /// <summary>Gets the Monte Carlo standard error; null with one draw.</summary>
    public Tensor? StandardErrorOfMean { get; }

    /// <summary>Gets the entropy of the mean; null unless the likelihood is over classes, as the next two.</summary>
    public Tensor? TotalEntropy { get; }

    public Tensor? ExpectedEntropy { get; }

    public Tensor? MutualInformation { get; }

    /// <summary>Gets the log density of the targets; null without targets.</summary>
    public Tensor? LogPredictiveDensity { get; }

    /// <summary>Gets all values that there are.</summary>
    public IEnumerable<Tensor> All => new[]
    {
        Mean, AleatoricVariance, AleatoricStddev, EpistemicVariance, TotalVariance, TotalStddev, EpistemicStddev, StandardErrorOfMean, TotalEntropy,
        ExpectedEntropy, MutualInformation, LogPredictiveDensity,
    }.OfType<Tensor>();
}
