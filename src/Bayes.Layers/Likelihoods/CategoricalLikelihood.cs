using System.Runtime.CompilerServices;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using TorchSharp;
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
/// The target has the other axes. A row is one example: its log-probability is the sum over its places, and a loss is a mean over rows. PyTorch's
/// mean is one over places, and divides by the sum of the class weights.
/// <para>A place whose target is <c>ignoreIndex</c> contributes 0: it was not observed, and what is not observed integrates to one. With class
/// weights or label smoothing, probabilities no longer sum to one: the loss is that of a pseudo-likelihood, which changes how much each place
/// counts, and with that how wide the posterior is. Soft targets are the expectation of log p(y | f) over classes with these probabilities. A
/// prediction uses the plain softmax in all cases: means, entropies and log predictive densities know neither class weights nor smoothing.</para>
/// <para>A logit of −∞ rules a class out: its probability is 0, and the other probabilities are as if the class did not exist. A logit of +∞
/// has no softmax; the result is NaN.</para>
/// </remarks>
public sealed class CategoricalLikelihood : ClassLikelihood, IOutputGradient, ILaneMoments
{
    /// <summary>The <c>ignoreIndex</c> of PyTorch's <c>CrossEntropyLoss</c>, and the default here.</summary>
    public const long DefaultIgnoreIndex = -100;

    private readonly bool _validate;
    private readonly ChannelAxis _axis;
    private readonly ClassWeights? _weights;

    /// <summary>Creates a categorical likelihood over logits.</summary>
    /// <param name="validate">
    /// Whether every call checks that targets are classes or probabilities. Without the check, an invalid target causes an error of the native
    /// library, which ends the process on CUDA. The check waits for the device; turn it off for data that was checked before.
    /// </param>
    /// <param name="classAxis">
    /// The axis of the classes in an output, counted from the last axis and so below 0: see the remarks. By default the last one; an output with
    /// more than one axis after the batch needs a named axis.
    /// </param>
    /// <param name="ignoreIndex">The target of places that contribute nothing, such as padding; it may be a class. Null if there is no such
    /// target.</param>
    /// <param name="classWeights">A weight for each of the C classes, of which each is finite and at least 0: the log-probability of a place is
    /// multiplied by that of its target. Null for equal weights of 1.</param>
    /// <param name="labelSmoothing">ε in [0, 1): a target counts as 1 − ε of its class and ε / C of each class (Szegedy et al. 2016, "Rethinking
    /// the Inception Architecture for Computer Vision", §7).</param>
    /// <exception cref="ArgumentException">There are no class weights, or all of them are 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classAxis"/> is not below 0, or a number is outside its range.</exception>
    public CategoricalLikelihood(
        bool validate = true, int? classAxis = null, long? ignoreIndex = DefaultIgnoreIndex, IReadOnlyList<double>? classWeights = null,
        double labelSmoothing = 0)
    {
        _axis = new ChannelAxis(classAxis, nameof(classAxis), "classes");
        _weights = classWeights is null ? null : new ClassWeights(classWeights);
        _validate = validate;
        IgnoreIndex = ignoreIndex;
        LabelSmoothing = labelSmoothing is >= 0 and < 1
            ? labelSmoothing
            : throw new ArgumentOutOfRangeException(
                nameof(labelSmoothing), labelSmoothing, $"labelSmoothing is {labelSmoothing}; expected a number from 0 to below 1.");
    }

    /// <summary>Gets the axis of the classes in an output, counted from the last one; null if it was not named.</summary>
    public int? ClassAxis => _axis.Named;

    /// <summary>Gets the target of places that contribute nothing; null if there is no such target.</summary>
    public long? IgnoreIndex { get; }

    /// <summary>Gets the weight of each class; null if all are 1.</summary>
    public IReadOnlyList<double>? ClassWeights => _weights?.Values;

    /// <summary>Gets ε, the share of a target that is spread over all classes.</summary>
    public double LabelSmoothing { get; }

    /// <summary>
    /// Returns the logarithm of the softmax at the target's class, in nats, summed over the places of one example; with class weights and label
    /// smoothing, the negative of PyTorch's <c>cross_entropy</c> with these options.
    /// </summary>
    /// <param name="output">Logits: <c>[B, C]</c> of one pass or <c>[S, B, C]</c> of S passes; with <c>classAxis: -3</c> <c>[B, C, H, W]</c> or
    /// <c>[S, B, C, H, W]</c>.</param>
    /// <param name="target">Classes, counted from 0, of an integer type: <c>[B]</c> or <c>[B, H, W]</c>, the output's shape without classes and
    /// draws. Or soft targets, the probabilities of all classes, of a floating-point type: <c>[B, C]</c> or <c>[B, C, H, W]</c>, the shape of one
    /// pass's output.</param>
    /// <returns><c>[B]</c> or <c>[S, B]</c>, differentiable in the output.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, the axis of the classes must be named, or a target is not a class.</exception>
    public override Tensor LogProbability(Tensor output, Tensor target) => Score(output, target, _weights, LabelSmoothing);

    /// <summary>Returns the logarithm of the plain softmax at the target's class, summed over the places of one example.</summary>
    internal override Tensor LogDensity(Tensor output, Tensor target) => Score(output, target, weights: null, smoothing: 0);

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
        _axis.RequireIn(mean);
        using var scope = NewDisposeScope();
        return EntropyTerm(mean).sum([_axis.Index]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override Tensor Confidence(Tensor mean) => mean.amax([_axis.Index]);

    /// <inheritdoc/>
    internal override Tensor? Energy(Tensor output)
    {
        using var scope = NewDisposeScope();
        return output.logsumexp(_axis.Index).neg_().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override Tensor CurvatureFactor(Tensor output) => Factor(output, target: null);

    /// <inheritdoc/>
    internal override Tensor CurvatureFactor(Tensor output, Tensor target) => Factor(output, target);

    /// <inheritdoc/>
    internal override OutputCurvature? CurvatureOf(Tensor output, Tensor? target)
    {
        using var scope = NewDisposeScope();
        var (probability, counts) = Places(output, target);
        var (diagonal, column) = counts is null ? (probability, probability) : (probability.mul(counts), probability.mul(counts.sqrt()));
        return new OutputCurvature(OutputCurvature.Rows(diagonal.movedim([-1L], [_axis.Index])), Columns(column.unsqueeze(-1), output))
            .MoveToOuter(scope);
    }

    /// <summary>Returns diag(√p) − p √pᵀ for each place, times the root of how often the place counts.</summary>
    private Tensor Factor(Tensor output, Tensor? target)
    {
        using var scope = NewDisposeScope();
        var (probability, counts) = Places(output, target);
        var root = probability.sqrt();
        var factor = addcmul(diag_embed(root), probability.unsqueeze(-1), root.unsqueeze(-2), Scalars.MinusOne);
        return Columns(counts is null ? factor : factor.mul(counts.sqrt().unsqueeze(-1)), output).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the probabilities <c>[B, …, C]</c> with the classes on the last axis, and how often each place counts, <c>[B, …, 1]</c>,
    /// or null if each counts once.</summary>
    private (Tensor Probability, Tensor? Counts) Places(Tensor output, Tensor? target)
    {
        _axis.RequireIn(output);
        _axis.RequireIn(output, leading: 1);
        _weights?.RequireFit(output, _axis);
        using var scope = NewDisposeScope();
        var wide = output.Widened();
        var probability = functional.softmax(wide, _axis.Index);
        // The sum of the factors of all log p_c. Without a target, that of the probabilities.
        Tensor? counts = target is not null ? EachPlace(output, target, _weights, LabelSmoothing, all => ones_like(all)).Each
            : _weights is not null ? OfProbabilities(ones_like(wide), probability, _weights, LabelSmoothing)
            : null;
        scope.MoveToOuter(probability = probability.movedim([_axis.Index], [-1L]));
        return (probability, counts?.unsqueeze(-1).MoveToOuterDisposeScope());
    }

    /// <summary>Returns the columns <c>[B, …, C, R]</c> of each place as columns of all outputs of an example, <c>[B, K, places · R]</c>, where K is
    /// in
    /// the order of the output.</summary>
    private Tensor Columns(Tensor ofPlaces, Tensor output)
    {
        long rows = output.shape[0], classes = output.shape[^-_axis.Index], width = ofPlaces.shape[^1];
        if (output.ndim == 2)
            return ofPlaces;
        // [B, C, R, P, P], then [B, P, C, P, R].
        var apart = diag_embed(ofPlaces.reshape(rows, -1, classes, width).permute(0, 2, 3, 1)).permute(0, 3, 1, 4, 2);
        long places = apart.shape[1];
        long[] ofPlace = [.. output.shape.Where((_, axis) => axis > 0 && axis != output.ndim + _axis.Index)];
        return apart.reshape([rows, .. ofPlace, classes, places * width]).movedim([-2L], [_axis.Index - 1L]).flatten(1, -2);
    }

    /// <summary>Returns a class for each place.</summary>
    /// <inheritdoc/>
    internal override (long[] Shape, ScalarType? Type) TargetOf(long[] outputShape, long[] meanShape) =>
        ([.. outputShape.Where((_, axis) => axis != outputShape.Length + _axis.Index)], ScalarType.Int64);

    /// <inheritdoc/>
    internal override ClassPlaces PlacesAsExamples(Tensor mean, Tensor target, Tensor? ofPlaces)
    {
        _ = ClassTargetShape.LeadingAxes(mean, target, _axis, out bool isSoft);
        if (isSoft)
            throw new ArgumentException(
                $"The target is of type {target.dtype} and shape {Shapes.Describe(target.shape)}, probabilities of classes; expected the index of a "
                + $"class for each place, which target.argmax({_axis.Index}) returns.", nameof(target));
        using var scope = NewDisposeScope();
        var places = new ClassPlaces(mean.movedim([_axis.Index], [-1L]).flatten(0, -2), target.flatten(), ofPlaces?.flatten());
        if (IgnoreIndex is not { } ignored)
            return places.MoveToOuterDisposeScope();
        using Scalar index = ignored;
        var isObserved = target.flatten().to(ScalarType.Int64).ne(index);
        return (isObserved.all().ReadBoolean() ? places : places.At(isObserved.nonzero().flatten())).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override string? RefusalOf(Module lastModule) =>
        OutputLinks.GivesProbabilities(lastModule) || OutputLinks.GivesLogProbabilities(lastModule)
            ? "takes logits and applies the softmax itself; leave the module out"
            : null;

    /// <inheritdoc/>
    protected internal override Tensor ExpectedLogProbability(Tensor mean, Tensor variance, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(variance);
        RequireComparable(mean, target);
        using var scope = NewDisposeScope();
        var (each, leading) = EachPlace(mean, target, _weights, LabelSmoothing, logits => logits.add(
            logits.add(variance.Widened(), Scalars.Half).logsumexp(_axis.Index, keepdim: true), Scalars.MinusOne));
        return SumOverExample(each, leading).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override Tensor? OutputUnderNormal(Tensor mean, Tensor variance) => Moderated(mean, variance);

    /// <inheritdoc/>
    internal override void RequireOutputs(Tensor outputs)
    {
        _axis.RequireIn(outputs, leading: 2);
        _weights?.RequireFit(outputs, _axis);
    }

    bool IOutputGradient.Takes(Tensor target, int rows, int width, ScalarType dtype)
    {
        if (!_axis.IsLast || _weights is not null || LabelSmoothing > 0 || !ManagedTargets.AreClasses(target, rows))
            return false;
        foreach (long each in target.AsSpan<long>())
            if (each < 0 || each >= width || each == IgnoreIndex)
                return false;
        return true;
    }

    double IOutputGradient.NegativeLogProbability<T>(
        ReadOnlySpan<T> output, int width, Tensor target, ReadOnlySpan<double> weights, Span<T> gradient, Span<double> learnedGradient)
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
            double weight = weights.IsEmpty ? 1 : weights[row];
            if (!weights.IsEmpty)
                foreach (ref T each in slope)
                    each *= T.CreateTruncating(weight);
            sum += weight * double.CreateTruncating(T.Log(total) - (logits[found] - largest));
        }
        return sum;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string settings = string.Join(", ", Options().Where(option => option.Length > 0));
        return settings.Length == 0 ? nameof(CategoricalLikelihood) : $"{nameof(CategoricalLikelihood)}({settings})";

        IEnumerable<string> Options() =>
        [
            _axis.ToString(),
            IgnoreIndex == DefaultIgnoreIndex ? "" : IgnoreIndex is { } index ? FormattableString.Invariant($"ignoreIndex={index}")
                : "ignoreIndex=null",
            _weights is null ? "" : $"classWeights={_weights}",
            LabelSmoothing == 0 ? "" : FormattableString.Invariant($"labelSmoothing={LabelSmoothing:R}"),
        ];
    }

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

    private Tensor Score(Tensor output, Tensor target, ClassWeights? weights, double smoothing)
    {
        ArgumentNullException.ThrowIfNull(output);
        RequireComparable(output, target);
        using var scope = NewDisposeScope();
        var (each, leading) = EachPlace(output, target, weights, smoothing, wide => functional.log_softmax(wide, _axis.Index));
        return SumOverExample(each, leading).MoveToOuterDisposeScope();
    }

    // Returns for each place the sum of some values of the classes, log p, with the factors that they have in the log-probability.
    private (Tensor Each, int Leading) EachPlace(Tensor output, Tensor target, ClassWeights? weights, double smoothing, Func<Tensor, Tensor> values)
    {
        int leading = ClassTargetShape.LeadingAxes(output, target, _axis, out bool isSoft);
        weights?.RequireFit(output, _axis);
        if (isSoft && _validate)
            SoftTargets.Require(target, _axis.Index);
        var (classes, ignored) = isSoft ? (target, null) : Observed(target, output.shape[^-_axis.Index]);
        var logs = values(output.Widened());
        var each = isSoft ? OfProbabilities(logs, classes, weights, smoothing) : OfClasses(logs, classes, weights, smoothing);
        return (ignored is null ? each : each.masked_fill(ignored, Scalars.Zero), leading);
    }

    // (1 − ε) w_y log p_y + ε / C Σ_c w_c log p_c.
    private Tensor OfClasses(Tensor logs, Tensor classes, ClassWeights? weights, double smoothing)
    {
        var places = logs.select(_axis.Index, 0).shape;
        var each = logs.gather(_axis.Index, classes.expand(places).unsqueeze(_axis.Index)).squeeze(_axis.Index);
        if (weights is not null)
            each = each.mul(weights.Of(classes, logs));
        if (smoothing == 0)
            return each;
        using Scalar rest = 1 - smoothing, share = smoothing / logs.shape[^-_axis.Index];
        return each.mul(rest).add((weights is null ? logs : logs.mul(weights.Along(logs, _axis))).sum([_axis.Index]), share);
    }

    // Σ_c w_c ((1 − ε) q_c + ε / C) log p_c. A class without probability adds 0, even if its logit is −∞.
    private Tensor OfProbabilities(Tensor logs, Tensor target, ClassWeights? weights, double smoothing)
    {
        using Scalar rest = 1 - smoothing, share = smoothing / logs.shape[^-_axis.Index];
        var probabilities = target.to(logs.dtype);
        if (smoothing > 0)
            probabilities = probabilities.mul(rest).add(share, Scalars.One);
        var each = logs.masked_fill(probabilities.eq(Scalars.Zero), Scalars.Zero).mul(probabilities);
        return (weights is null ? each : each.mul(weights.Along(logs, _axis))).sum([_axis.Index]);
    }

    /// <summary>Returns the classes, 0 at places to ignore, and which these are; null if there are none.</summary>
    private (Tensor Classes, Tensor? Ignored) Observed(Tensor target, long count)
    {
        var classes = target.to(ScalarType.Int64);
        // A look at the numbers usually tells that no place is ignored.
        long? wrong = _validate ? OutOfRange(classes, count) : null;
        Tensor? ignored = null;
        if (IgnoreIndex is { } index && (!_validate || wrong is not null || index >= 0 && index < count))
        {
            using Scalar ignoredIndex = index;
            ignored = classes.eq(ignoredIndex);
            classes = classes.masked_fill(ignored, Scalars.Zero);
            wrong = _validate ? OutOfRange(classes, count) : null;
        }
        return wrong is null
            ? (classes, ignored)
            : throw new ArgumentException($"target has the value {wrong}; expected classes 0 to {count - 1}.", nameof(target));
    }

    private static long? OutOfRange(Tensor classes, long count)
    {
        var (minimum, maximum) = classes.aminmax();
        long low = minimum.ReadInt64(), high = maximum.ReadInt64();
        return low < 0 ? low : high >= count ? high : null;
    }
}
