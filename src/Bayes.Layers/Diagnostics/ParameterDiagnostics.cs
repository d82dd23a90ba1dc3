using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Diagnostics;

/// <summary>Describes the posterior of one weight or bias tensor. Sums are in double precision, for any type of the parameters.</summary>
/// <param name="Name">
/// The common part of its keys in <c>state_dict</c>, without <c>_mu</c>, <c>_log_var</c> and so on, such as <c>0.weight</c>.
/// </param>
/// <param name="Count">The number of weights.</param>
/// <param name="NonFiniteCount">The number of weights with a mu or a log_var that is NaN or infinite; 0 in a sound model.</param>
/// <param name="KlDivergence">KL(q ‖ p) in nats, summed over the weights; NaN or infinite if a parameter is.</param>
/// <param name="MeanStddev">The mean of sigma over the weights, in the weight's unit; NaN or infinite if a parameter is.</param>
/// <param name="PriorStddev">The prior's standard deviation, in the weight's unit; positive infinity if it has none.</param>
/// <param name="SignalToNoise">The histogram of |mu| / sigma over the finite weights, in decibels.</param>
/// <param name="MedianSignalToNoise">
/// The median of |mu| / sigma over the finite weights, in decibels; the lower of the two middle ones for an even number. −∞ for mu = 0, NaN if no
/// weight is finite.
/// </param>
public sealed record ParameterDiagnostics(
    string Name, long Count, long NonFiniteCount, double KlDivergence, double MeanStddev, double PriorStddev,
    SignalToNoiseHistogram SignalToNoise, double MedianSignalToNoise)
{
    private static readonly Scalar DecibelsPerDecade = 20.0;

    // 20 log10(sigma) = 10 / ln(10) · log sigma².
    private static readonly Scalar MinusDecibelsPerLogVariance = -10 / Math.Log(10);

    /// <summary>
    /// Gets the name of the earlier parameter that is the same tensor, or null. Layers that share their parameters share one random variable, which
    /// the model's sums count once.
    /// </summary>
    public string? SharedWith { get; init; }

    /// <summary>Gets KL(q ‖ p) in nats per weight.</summary>
    public double KlPerWeight => KlDivergence / Count;

    /// <summary>
    /// Gets the share of weights whose sigma is lost in the rounding of the parameters' type, in [0, 1]: less than a quarter of the distance between
    /// neighbouring numbers at mu, so that most draws of the weight are mu itself. Near 0 in single precision; for half precision see
    /// <see cref="PosteriorDiagnostics.Warnings"/>.
    /// </summary>
    public double RoundedShare { get; init; }

    /// <summary>Gets the element type of the parameters.</summary>
    public ScalarType Type { get; init; }

    /// <summary>
    /// Gets <see cref="MeanStddev"/> / <see cref="PriorStddev"/>: 1 if the data carry no information about the weight. Null if the prior has no
    /// standard deviation.
    /// </summary>
    public double? StddevRatio => double.IsFinite(PriorStddev) ? MeanStddev / PriorStddev : null;

    /// <summary>
    /// Gets the distance of sigma from its initial value: the mean of |log(sigma / initial sigma)| over the finite weights, 0 before training; 0.7
    /// is a factor of 2. Null for a bias, for a weight that is not trained, and if no weight is finite.
    /// </summary>
    public double? StddevShift { get; init; }

    /// <summary>
    /// Reads a posterior from its marginals, on its device, with double-precision copies of this one tensor. The caller disables gradient recording.
    /// </summary>
    internal static ParameterDiagnostics Of(string name, WeightPosterior posterior, Prior prior, double? initialLogStddev = null)
    {
        using var scope = NewDisposeScope();
        var marginals = posterior.Marginals();
        var mean = marginals.Mean.detach().to(ScalarType.Float64);
        var logVariance = marginals.LogVariance.detach().to(ScalarType.Float64);
        double divergence = prior.KlDivergence(new MeanFieldNormal(mean, logVariance)).ReadDouble();
        if (!posterior.HasDensity)
            divergence = double.NaN;
        else if (posterior.TotalCorrelation() is { } correlation)
            divergence += correlation.to(ScalarType.Float64).ReadDouble();
        double meanStddev = MeanOfStddev(logVariance);

        long count = mean.numel();
        var finite = mean.isfinite().logical_and(logVariance.isfinite());
        long nonFinite = count - finite.sum().ReadInt64();
        if (nonFinite > 0)
            (mean, logVariance) = (mean.masked_select(finite), logVariance.masked_select(finite));
        var decibels = Decibels(mean, logVariance);
        double median = nonFinite < count ? decibels.median().ReadDouble() : double.NaN;
        return new ParameterDiagnostics(
            name, count, nonFinite, divergence, meanStddev, prior.Stddev, SignalToNoiseHistogram.Of(decibels), median)
        {
            Type = posterior.Mean.dtype,
            RoundedShare = ShareAbove(decibels, -20 * Math.Log10(finfo(posterior.Mean.dtype).eps / 4)),
            StddevShift = initialLogStddev is { } initial && nonFinite < count && posterior.Parameters.Skip(1).Any(each => each.Value.requires_grad)
                ? ShiftOfStddev(logVariance, initial)
                : null,
        };
    }

    private static double ShiftOfStddev(Tensor logVariance, double initialLogStddev)
    {
        using var scope = NewDisposeScope();
        using Scalar initial = -initialLogStddev;
        return logVariance.mul(Scalars.Half).add(initial, Scalars.One).abs_().mean().ReadDouble();
    }

    private static double MeanOfStddev(Tensor logVariance)
    {
        using var scope = NewDisposeScope();
        return logVariance.mul(Scalars.Half).exp_().mean().ReadDouble();
    }

    private static double ShareAbove(Tensor decibels, double limit)
    {
        if (decibels.numel() == 0)
            return 0;
        using Scalar bound = limit;
        return decibels.gt(bound).sum().ReadInt64() / (double)decibels.numel();
    }

    // Logarithms avoid underflow and overflow of sigma, and give −∞ rather than NaN for mu = 0.
    private static Tensor Decibels(Tensor mean, Tensor logVariance)
    {
        using var scope = NewDisposeScope();
        return mean.abs().log10_().mul_(DecibelsPerDecade).add_(logVariance, MinusDecibelsPerLogVariance).MoveToOuterDisposeScope();
    }
}
