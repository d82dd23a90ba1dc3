using System.Runtime.CompilerServices;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// y ∈ {0, …, C − 1} with p(y) = softmax of the network's C outputs: classification into two or more classes. Its negative
/// log-probability is the cross-entropy. The network ends in a linear layer; its output is <c>[B, C]</c>, the target <c>[B]</c>.
/// </summary>
/// <remarks>
/// If each place of an example has a class, the option <c>classAxis</c> names the axis of the classes: −3 for images <c>[B, C, H, W]</c> and −2
/// for sequences <c>[B, C, L]</c>, the layout of PyTorch's <c>CrossEntropyLoss</c>; −1 for <c>[B, T, C]</c>, the output of a recurrent network.
/// The target has the other axes.
/// <para>A logit of −∞ rules a class out: its probability is 0, and the other probabilities are as if the class did not exist. A logit of +∞
/// has no softmax; the result is NaN.</para>
/// </remarks>
public sealed class CategoricalLikelihood : ClassLikelihood, IOutputGradient, ILaneMoments
{
    private readonly bool _validate;
    private readonly ChannelAxis _axis;

    /// <summary>Creates a categorical likelihood over logits.</summary>
    /// <param name="validate">
    /// Whether every call checks that targets are classes. Without the check, an invalid target causes an error of the native library, which ends
    /// the process on CUDA. The check waits for the device; turn it off for data that was checked before.
    /// </param>
    /// <param name="classAxis">
    /// The axis of the classes in an output, counted from the last axis and so below 0: see the remarks. By default the last one; an output with
    /// more than one axis after the batch needs a named axis.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classAxis"/> is not below 0.</exception>
    public CategoricalLikelihood(bool validate = true, int? classAxis = null)
    {
        _axis = new ChannelAxis(classAxis, nameof(classAxis), "classes");
        _validate = validate;
    }

    /// <summary>Gets the axis of the classes in an output, counted from the last one; null if it was not named.</summary>
    public int? ClassAxis => _axis.Named;

    /// <summary>Returns the logarithm of the softmax at the target's class, in nats, summed over the places of one example.</summary>
    /// <param name="output">Logits: <c>[B, C]</c> of one pass or <c>[S, B, C]</c> of S passes; with <c>classAxis: -3</c> <c>[B, C, H, W]</c> or
    /// <c>[S, B, C, H, W]</c>.</param>
    /// <param name="target">Classes, counted from 0, of an integer type: <c>[B]</c> or <c>[B, H, W]</c>, the output's shape without classes and
    /// draws.</param>
    /// <returns><c>[B]</c> or <c>[S, B]</c>, differentiable in the output.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, the axis of the classes must be named, or a target is not a class.</exception>
    public override Tensor LogProbability(Tensor output, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(output);
        RequireComparable(output, target);
        int leading = ClassTargetShape.LeadingAxes(output, target, _axis);
        using var scope = NewDisposeScope();
        var classes = target.to(ScalarType.Int64);
        if (_validate)
            RequireClasses(classes, output.shape[^-_axis.Index]);
        var logs = functional.log_softmax(output.Widened(), _axis.Index);
        var places = logs.select(_axis.Index, 0).shape;
        var each = logs.gather(_axis.Index, classes.expand(places).unsqueeze(_axis.Index)).squeeze(_axis.Index);
        return SumOverExample(each, leading).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the class probabilities, of the output's shape.</summary>
    /// <inheritdoc/>
    public override Tensor Mean(Tensor output)
    {
        _axis.RequireIn(output);
        return functional.softmax(output, _axis.Index);
    }

    /// <summary>Returns −Σ p log p over the classes.</summary>
    /// <param name="mean">Class probabilities, in the shape of an output.</param>
    /// <returns>The entropies in nats, of the mean's shape without the axis of the classes, in single or double precision.</returns>
    public override Tensor Entropy(Tensor mean)
    {
        ArgumentNullException.ThrowIfNull(mean);
        Require.FloatingPoint(mean.dtype, "the mean's type");
        using var scope = NewDisposeScope();
        return EntropyTerm(mean).sum([_axis.Index]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override (Tensor Probability, Tensor Target) PlacesAsExamples(Tensor mean, Tensor target)
    {
        ClassTargetShape.LeadingAxes(mean, target, _axis);
        using var scope = NewDisposeScope();
        return scope.MoveToOuter(mean.movedim([_axis.Index], [-1L]).flatten(0, -2), target.flatten());
    }

    /// <inheritdoc/>
    protected internal override string? RefusalOf(Module lastModule) =>
        OutputLinks.GivesProbabilities(lastModule) || OutputLinks.GivesLogProbabilities(lastModule)
            ? "takes logits and applies the softmax itself; leave the module out"
            : null;

    /// <inheritdoc/>
    internal override void RequireOutputs(Tensor outputs) => _axis.RequireIn(outputs, leading: 2);

    bool IOutputGradient.Takes(Tensor target, int rows, int width, ScalarType dtype)
    {
        if (!_axis.IsLast || !ManagedTargets.AreClasses(target, rows))
            return false;
        foreach (long each in target.AsSpan<long>())
            if (each < 0 || each >= width)
                return false;
        return true;
    }

    double IOutputGradient.NegativeLogProbability<T>(ReadOnlySpan<T> output, int width, Tensor target, Span<T> gradient)
    {
        var targets = target.AsSpan<long>();
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
    public override string ToString() => ClassAxis is null ? nameof(CategoricalLikelihood) : $"{nameof(CategoricalLikelihood)}({_axis})";

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
