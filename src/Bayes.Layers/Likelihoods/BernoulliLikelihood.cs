using System.Numerics;
using System.Runtime.CompilerServices;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// y ∈ {0, 1} with p(y = 1) from the network: binary classification. Its negative log-probability is the binary
/// cross-entropy. A target between 0 and 1 (a soft label) is the expected value of y.
/// </summary>
/// <remarks>
/// Every finite logit has a finite log-probability and gradient. An infinite logit is a certain prediction: its log-probability is not finite, and
/// nothing can be learned from it.
/// </remarks>
public sealed class BernoulliLikelihood : ClassLikelihood, IOutputGradient, ILaneMoments
{
    // That of the gradient of torch's binary_cross_entropy.
    private static readonly Scalar SmallestVariance = 1e-12;

    private readonly bool _validate;

    /// <summary>Creates a Bernoulli likelihood.</summary>
    /// <param name="output">The meaning of the network's output.</param>
    /// <param name="validate">
    /// Whether every call checks that targets (and probabilities) lie in [0, 1] and are not NaN. On CUDA the check waits for the device; turn it off
    /// for data that was checked before.
    /// </param>
    public BernoulliLikelihood(BernoulliOutput output = BernoulliOutput.Logits, bool validate = true)
    {
        if (!Enum.IsDefined(output))
            throw new ArgumentOutOfRangeException(nameof(output), output, $"output is {(int)output}; expected Logits or Probabilities.");
        Output = output;
        _validate = validate;
    }

    /// <summary>Gets the meaning of the network's output.</summary>
    public BernoulliOutput Output { get; }

    /// <summary>
    /// Returns y log p + (1 − y) log(1 − p), in nats, summed over the axes of one example. For probabilities, the logarithms are clamped to
    /// −100 or above, as in PyTorch's binary cross-entropy, so a p of exactly 0 or 1 gives a finite result.
    /// </summary>
    /// <inheritdoc/>
    public override Tensor LogProbability(Tensor output, Tensor target)
    {
        int leading = LeadingAxes(output, target);
        if (_validate)
        {
            Require.WithinUnitInterval(target, nameof(target));
            if (Output == BernoulliOutput.Probabilities)
                Require.WithinUnitInterval(output, nameof(output));
        }

        using var scope = NewDisposeScope();
        var wide = output.Widened();
        var matched = target.dtype == wide.dtype ? target : target.to(wide.dtype);
        if (leading == 2)
            matched = matched.expand_as(wide);
        var crossEntropy = Output == BernoulliOutput.Logits
            ? functional.binary_cross_entropy_with_logits(wide, matched, reduction: Reduction.None)
            : functional.binary_cross_entropy(wide, matched, reduction: Reduction.None);
        return SumOverExample(crossEntropy, leading).neg().MoveToOuterDisposeScope();
    }

    /// <summary>Returns p(y = 1).</summary>
    /// <inheritdoc/>
    public override Tensor Mean(Tensor output)
    {
        Require.Output(output);
        return Output == BernoulliOutput.Logits ? output.sigmoid() : output.alias();
    }

    /// <inheritdoc/>
    internal override OutputCurvature? CurvatureOf(Tensor output, Tensor? target)
    {
        using var scope = NewDisposeScope();
        Require.Output(output);
        var wide = output.Widened();
        var variance = Output == BernoulliOutput.Logits
            // 1 − p loses its digits near 1.
            ? wide.sigmoid().mul(wide.neg().sigmoid())
            : addcmul(wide, wide, wide, Scalars.MinusOne).clamp_min(SmallestVariance).reciprocal();
        return OutputCurvature.OfEach(variance).MoveToOuter(scope);
    }

    /// <inheritdoc/>
    protected internal override Tensor? ExpectedLogProbability(Tensor mean, Tensor variance, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(variance);
        if (Output != BernoulliOutput.Logits)
            return null;
        int leading = LeadingAxes(mean, target);
        if (_validate)
            Require.WithinUnitInterval(target, nameof(target));
        using var scope = NewDisposeScope();
        Tensor wide = mean.Widened(), half = variance.Widened().mul(Scalars.Half);
        Tensor ofOne = functional.logsigmoid(wide.add(half, Scalars.MinusOne)), ofZero = functional.logsigmoid(wide.add(half, Scalars.One).neg());
        return SumOverExample(ofZero.lerp(ofOne, target.to(wide.dtype)), leading).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override Tensor? OutputUnderNormal(Tensor mean, Tensor variance) => Output == BernoulliOutput.Logits ? Moderated(mean, variance) : null;

    // A NaN is not refused: it stays in its row, and says nothing about the meaning of the output.
    /// <inheritdoc/>
    internal override void RequireOutputs(Tensor outputs)
    {
        if (!_validate || Output == BernoulliOutput.Logits)
            return;
        using var scope = NewDisposeScope();
        Require.WithinUnitInterval(outputs.masked_fill(outputs.isnan(), Scalars.Half), "output");
    }

    /// <summary>Returns −p log p − (1 − p) log (1 − p), elementwise.</summary>
    /// <param name="mean">p, of any shape.</param>
    /// <returns>The entropies in nats, of the same shape, in single or double precision.</returns>
    public override Tensor Entropy(Tensor mean)
    {
        ArgumentNullException.ThrowIfNull(mean);
        Require.FloatingPoint(mean.dtype, "the mean's type");
        using var scope = NewDisposeScope();
        var wide = mean.Widened();
        var complement = wide.neg().add_(Scalars.One, Scalars.One);
        return EntropyTerm(wide).add_(EntropyTerm(complement), Scalars.One).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override Tensor Confidence(Tensor mean)
    {
        using var scope = NewDisposeScope();
        return maximum(mean, mean.neg().add_(Scalars.One, Scalars.One)).MoveToOuterDisposeScope();
    }

    // A logit f is the difference of two, which are taken as −f / 2 and f / 2, so that both classes count alike.
    /// <inheritdoc/>
    internal override Tensor? Energy(Tensor output)
    {
        if (Output != BernoulliOutput.Logits)
            return null;
        using var scope = NewDisposeScope();
        return output.mul(Scalars.Half).logaddexp(output.mul(Scalars.MinusHalf)).neg_().MoveToOuterDisposeScope();
    }

    bool IOutputGradient.Takes(Tensor target, int rows, int width, ScalarType dtype) =>
        ManagedTargets.Like(target, rows, width, dtype) && ManagedTargets.AreWithinUnitInterval(target);

    double IOutputGradient.NegativeLogProbability<T>(
        ReadOnlySpan<T> output, int width, Tensor target, ReadOnlySpan<double> weights, Span<T> gradient, Span<double> learnedGradient)
    {
        var targets = target.AsSpan<T>();
        double sum = 0;
        for (int i = 0; i < output.Length; i++)
        {
            if (_validate && Output == BernoulliOutput.Probabilities)
                Require.WithinUnitInterval(double.CreateTruncating(output[i]), double.CreateTruncating(output[i]), nameof(output));
            T each = Output == BernoulliOutput.Logits
                ? FromLogit(output[i], targets[i], out gradient[i])
                : FromProbability(output[i], targets[i], out gradient[i]);
            double weight = weights.IsEmpty ? 1 : weights[i / width];
            gradient[i] *= T.CreateTruncating(weight);
            sum += weight * double.CreateTruncating(each);
        }
        return sum;
    }

    // log(1 + e^f) − y f, without overflow.
    private static T FromLogit<T>(T logit, T target, out T gradient) where T : IFloatingPointIeee754<T>
    {
        T power = T.Exp(-T.Abs(logit)), complement = T.One / (T.One + power);
        gradient = (logit >= T.Zero ? complement : power * complement) - target;
        return T.Max(logit, T.Zero) - logit * target + T.LogP1(power);
    }

    // The smallest logarithm and variance are those of torch's binary_cross_entropy.
    private static T FromProbability<T>(T probability, T target, out T gradient) where T : IFloatingPointIeee754<T>
    {
        T smallest = T.CreateTruncating(-100), complement = T.One - probability;
        gradient = (probability - target) / T.Max(complement * probability, T.CreateTruncating(1e-12));
        return (target - T.One) * T.Max(T.LogP1(-probability), smallest) - target * T.Max(T.Log(probability), smallest);
    }

    /// <inheritdoc/>
    internal override ClassPlaces PlacesAsExamples(Tensor mean, Tensor target, Tensor? ofPlaces)
    {
        LeadingAxes(mean, target);
        if (mean.ndim > 1 && mean.shape[1] > 1)
            throw new ArgumentException(
                $"The mean has shape {Shapes.Describe(mean.shape)}, several labels for each example; expected one, [{mean.shape[0]}] or "
                + $"[{mean.shape[0]}, 1]; use MultiLabelReport for several labels.", nameof(mean));
        using var scope = NewDisposeScope();
        return new ClassPlaces(mean.flatten(), target.flatten(), ofPlaces?.flatten()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override string? RefusalOf(nn.Module lastModule) =>
        Output == BernoulliOutput.Logits && (OutputLinks.GivesProbabilities(lastModule) || OutputLinks.GivesLogProbabilities(lastModule))
            ? "takes logits and applies the sigmoid itself; leave the module out, "
                + "or, after a Sigmoid, use new BernoulliLikelihood(BernoulliOutput.Probabilities)"
        : Output == BernoulliOutput.Probabilities && OutputLinks.GivesLogProbabilities(lastModule)
            ? "takes probabilities, not their logarithms; use Sigmoid"
        : null;

    /// <inheritdoc/>
    public override string ToString() => $"BernoulliLikelihood({Output})";

    bool? ILaneMoments.HasEntropyOfEachFeature => true;

    bool ILaneMoments.Takes(int features) => true;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void ILaneMoments.Moments<TLanes>(Span<TLanes> outputs, int features, Span<TLanes> variances)
    {
        for (int i = 0; i < outputs.Length; i++)
        {
            var p = Output == BernoulliOutput.Logits ? LaneFunctions.Sigmoid(outputs[i]) : outputs[i];
            outputs[i] = p;
            variances[i] = p - p * p;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void ILaneMoments.Entropies<TLanes>(ReadOnlySpan<TLanes> means, int features, Span<TLanes> entropies)
    {
        var one = TLanes.Create(1);
        for (int i = 0; i < means.Length; i++)
            entropies[i] = EntropyTerm(means[i]) + EntropyTerm(one - means[i]);
    }
}
