using System.Runtime.CompilerServices;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// y ∈ {0, …, C − 1} with p(y) = softmax of the network's C outputs: classification into two or more classes. Its negative
/// log-probability is the cross-entropy. The network ends in a linear layer; its output is <c>[B, C]</c>, the target <c>[B]</c>.
/// </summary>
/// <remarks>A logit of −∞ rules a class out: its probability is 0, and the others are as without it. Of +∞ there is no softmax; the result is NaN.</remarks>
public sealed class CategoricalLikelihood : ClassLikelihood, IOutputGradient, ILaneMoments
{
    private readonly bool _validate;

    /// <summary>A categorical likelihood over logits.</summary>
    /// <param name="validate">
    /// Whether targets are checked to be classes at every call; one that is not ends in an error of the native library, on CUDA one
    /// that ends the process. The check waits for the device; turn it off for data that was checked before.
    /// </param>
    public CategoricalLikelihood(bool validate = true) => _validate = validate;

    /// <summary>The logarithm of the softmax at the target's class, in nats.</summary>
    /// <param name="output">Logits, <c>[B, C]</c> of one pass or <c>[S, B, C]</c> of S passes.</param>
    /// <param name="target">Classes from 0 on, <c>[B]</c>, of an integer type.</param>
    /// <returns><c>[B]</c> or <c>[S, B]</c>, differentiable in the output.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or a target is not a class.</exception>
    public override Tensor LogProbability(Tensor output, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(target);
        if (output.ndim < 2 || output.shape[^1] == 0)
            throw new ArgumentException($"The output has shape {Shapes.Describe(output.shape)}; expected logits [batch, classes] or [samples, batch, classes].", nameof(output));
        if (target.is_floating_point() || target.dtype == ScalarType.Bool)
            throw new ArgumentException($"The target is of type {target.dtype}; expected classes of an integer type such as Int64.", nameof(target));
        using var scope = NewDisposeScope();
        int leading;
        using (var oneLogit = output.select(-1, 0))
            leading = LeadingAxes(oneLogit, target);
        var classes = target.to(ScalarType.Int64);
        if (_validate)
            RequireClasses(classes, output.shape[^1]);
        var each = functional.log_softmax(output, -1).gather(-1, classes.expand(output.shape.AsSpan(0, (int)output.ndim - 1)).unsqueeze(-1)).squeeze(-1);
        return SumOverExample(each, leading).MoveToOuterDisposeScope();
    }

    /// <summary>The class probabilities, <c>[…, C]</c>.</summary>
    /// <inheritdoc/>
    public override Tensor Mean(Tensor output)
    {
        Require.Output(output);
        return functional.softmax(output, -1);
    }

    /// <summary>−Σ p log p over the classes.</summary>
    /// <param name="mean">Class probabilities, <c>[…, C]</c>.</param>
    /// <returns>In nats, <c>[…]</c>.</returns>
    public override Tensor Entropy(Tensor mean)
    {
        ArgumentNullException.ThrowIfNull(mean);
        Require.FloatingPoint(mean.dtype, "the mean's type");
        using var scope = NewDisposeScope();
        return EntropyTerm(mean).sum([-1L]).MoveToOuterDisposeScope();
    }

    bool IOutputGradient.Takes(Tensor target, int rows, int width, ScalarType dtype)
    {
        if (!TargetNumbers.AreClasses(target, rows))
            return false;
        foreach (long each in TargetNumbers.Of<long>(target))
            if (each < 0 || each >= width)
                return false;
        return true;
    }

    double IOutputGradient.NegativeLogProbability<T>(ReadOnlySpan<T> output, int width, Tensor target, Span<T> gradient)
    {
        var targets = TargetNumbers.Of<long>(target);
        double sum = 0;
        for (int row = 0; row < targets.Length; row++)
        {
            var logits = output.Slice(row * width, width);
            var slope = gradient.Slice(row * width, width);
            T largest = logits[0], total = T.Zero;
            foreach (T logit in logits)
                largest = T.Max(largest, logit);
            for (int i = 0; i < width; i++)
                total += slope[i] = T.Exp(logits[i] - largest);
            for (int i = 0; i < width; i++)
                slope[i] /= total;
            int found = (int)targets[row];
            slope[found] -= T.One;
            sum += double.CreateTruncating(T.Log(total) - (logits[found] - largest));
        }
        return sum;
    }

    /// <inheritdoc/>
    public override string ToString() => nameof(CategoricalLikelihood);

    bool? ILaneMoments.HasEntropyOfEachFeature => false;

    bool ILaneMoments.Takes(int features) => true;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void ILaneMoments.Moments<TLanes>(Span<TLanes> outputs, int features, Span<TLanes> variances)
    {
        int vectors = outputs.Length / features;
        for (int row = 0; row < vectors; row++)
        {
            var highest = outputs[row];
            for (int i = row + vectors; i < outputs.Length; i += vectors)
                highest = TLanes.WhereLess(highest, outputs[i], outputs[i], highest);
            var sum = TLanes.Create(0);
            for (int i = row; i < outputs.Length; i += vectors)
                sum += outputs[i] = LaneFunctions.ExpOfNegative(outputs[i] - highest);
            for (int i = row; i < outputs.Length; i += vectors)
            {
                var p = outputs[i] / sum;
                outputs[i] = p;
                variances[i] = p - p * p;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void ILaneMoments.Entropies<TLanes>(ReadOnlySpan<TLanes> means, int features, Span<TLanes> entropies)
    {
        for (int row = 0; row < entropies.Length; row++)
        {
            var sum = TLanes.Create(0);
            for (int i = row; i < means.Length; i += entropies.Length)
                sum += EntropyTerm(means[i]);
            entropies[row] = sum;
        }
    }

    private static void RequireClasses(Tensor target, long classes)
    {
        var (minimum, maximum) = target.aminmax();
        long low = minimum.ReadInt64(), high = maximum.ReadInt64();
        if (low < 0 || high >= classes)
            throw new ArgumentException($"target has the value {(low < 0 ? low : high)}; expected classes 0 to {classes - 1}.", nameof(target));
    }
}
