using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// A likelihood for each output of a network with several: p(y | f) = Π p_i(y_i | f_i), since the targets are independent given the outputs. The
/// log-probability of a row is the sum over the parts.
/// </summary>
/// <remarks>
/// Outputs and targets are joined: the numbers of a row of each, one after the other, <c>[B, Σ]</c>. Networks that return a tuple are joined when
/// they are made Bayesian; <see cref="JoinOutputs"/> does it in a <c>Propagate</c> of your own, and <see cref="JoinTargets"/> for targets. Moments
/// of a prediction are joined too: <c>Predictive.Part</c> returns the prediction of one output, and <see cref="Split"/> the parts of a tensor.
/// <para>Parameters that the parts learn are those of the joint likelihood, as children with the numbers of the parts. Otherwise immutable.</para>
/// </remarks>
/// <example>
/// <c>new JointLikelihood(new OutputPart(new CategoricalLikelihood(), 3), new OutputPart(new GaussianLikelihood(0.1), 1))</c>
/// </example>
public sealed class JointLikelihood : Likelihood
{
    private readonly OutputPart[] _parts;
    private readonly Layout _outputs, _targets, _means, _entropies;
    private readonly Holder? _holder;

    /// <summary>Creates a likelihood of several outputs.</summary>
    /// <param name="parts">The parts, in the order of the network's outputs; at least one.</param>
    /// <exception cref="ArgumentException">There are no parts.</exception>
    public JointLikelihood(params OutputPart[] parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Length == 0)
            throw new ArgumentException("There are no parts; expected one for each output of the network.", nameof(parts));
        foreach (var part in parts)
            ArgumentNullException.ThrowIfNull(part, nameof(parts));
        _parts = [.. parts];
        _outputs = new([.. parts.Select(part => part.OutputShape.ToArray())]);
        _targets = new([.. parts.Select(part => part.TargetShape.ToArray())]);
        _means = new([.. parts.Select(part => part.MeanShape)]);
        _entropies = new([.. parts.Select(part => part.EntropyShape ?? [0])]);
        _holder = parts.Any(part => part.Likelihood.Parameters is not null) ? new Holder(parts) : null;
    }

    /// <summary>Gets the parts, in the order of the network's outputs.</summary>
    public IReadOnlyList<OutputPart> Parts => Array.AsReadOnly(_parts);

    /// <inheritdoc/>
    public override nn.Module? Parameters => _holder;

    /// <summary>Joins the targets of the outputs to those of a joint likelihood.</summary>
    /// <param name="targets"><c>[B, …]</c> each, in the order of the outputs: class indices of an integer type, or numbers.</param>
    /// <returns>A new tensor <c>[B, Σ]</c> in double precision, which holds every class index and every number of the narrower types.</returns>
    /// <exception cref="ArgumentException">There are no targets, or they differ in their number of rows.</exception>
    public static Tensor JoinTargets(params Tensor[] targets)
    {
        RequireJoinable(targets, "target", leading: 1);
        using var scope = NewDisposeScope();
        return JoinedRows.Join(targets.Select(target => target.detach().to(ScalarType.Float64)), leading: 1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Joins the outputs of a network: what a <c>Propagate</c> of your own returns for a joint likelihood. Values that all draws share are repeated
    /// for each draw if others are not shared.
    /// </summary>
    /// <param name="outputs"><c>[1|S, B, …]</c> each, of floating-point types.</param>
    /// <returns>A new tensor <c>[1|S, B, Σ]</c> in the widest of the types, differentiable.</returns>
    /// <exception cref="ArgumentException">There are no outputs, or one is not of a floating-point type, or they differ in their number of rows or
    /// of draws.</exception>
    public static Tensor JoinOutputs(params Tensor[] outputs)
    {
        RequireJoinable(outputs, "output", leading: 2);
        using var scope = NewDisposeScope();
        long draws = outputs.Max(output => output.shape[0]);
        return JoinedRows.Join(outputs.Select(output => output.expand([draws, .. output.shape[1..]])), leading: 2).MoveToOuterDisposeScope();
    }

    /// <summary>Splits means, variances, samples of means or other values with a number for each number of the mean.</summary>
    /// <param name="values"><c>[…, Σ]</c>, such as <c>Mean</c>, <c>[B, Σ]</c>, or quantiles of the mean, <c>[Q, B, Σ]</c>.</param>
    /// <returns>The values of each part in the shape of its mean, <c>[…, mean of the part]</c>: views if possible, which belong to the caller's
    /// dispose scope.</returns>
    /// <exception cref="ArgumentException">The last axis has another size.</exception>
    public IReadOnlyList<Tensor> Split(Tensor values) => _means.Split(values, "values", "means");

    /// <summary>Splits outputs of the network, such as <c>Predictive.Samples</c> or those of a pass.</summary>
    /// <param name="outputs"><c>[B, Σ]</c> or <c>[S, B, Σ]</c>.</param>
    /// <returns>The outputs in their own shapes: views if possible, which belong to the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The last axis has another size.</exception>
    public IReadOnlyList<Tensor> SplitOutputs(Tensor outputs) => _outputs.Split(outputs, "outputs", "outputs");

    /// <summary>Returns a copy with the parts' likelihoods frozen; the likelihood itself if no part learns anything.</summary>
    /// <inheritdoc/>
    public override Likelihood Frozen() => Parameters is null ? this
        : new JointLikelihood([.. _parts.Select(part => part.With(part.Likelihood.Frozen()))]);

    /// <summary>Returns the sum of the parts' log-probabilities.</summary>
    /// <param name="output">f: <c>[B, Σ]</c> of one pass or <c>[S, B, Σ]</c> of S passes.</param>
    /// <param name="target">y: <c>[B, Σ]</c>, from <see cref="JoinTargets"/>.</param>
    /// <returns><c>[B]</c> or <c>[S, B]</c>, differentiable in the output.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or a target is outside the support of its part.</exception>
    public override Tensor LogProbability(Tensor output, Tensor target) =>
        Sum(output, target, (likelihood, own, of) => likelihood.LogProbability(own, of));

    /// <summary>Returns the means of the parts, joined.</summary>
    /// <inheritdoc/>
    public override Tensor Mean(Tensor output) => OfParts(output, (likelihood, own) => likelihood.Mean(own));

    /// <summary>Returns the variances of the parts, joined.</summary>
    /// <inheritdoc/>
    public override Tensor Variance(Tensor output) => OfParts(output, (likelihood, own) => likelihood.Variance(own));

    /// <inheritdoc/>
    protected internal override Tensor CurvatureFactor(Tensor output) => Blocks(output, (likelihood, own, _) => likelihood.CurvatureFactor(own));

    /// <inheritdoc/>
    internal override Tensor CurvatureFactor(Tensor output, Tensor target)
    {
        RequireFit(output, target);
        return Blocks(output, (likelihood, own, part) => likelihood.CurvatureFactor(own, TargetOf(target, part)));
    }

    /// <inheritdoc/>
    internal override OutputCurvature? CurvatureOf(Tensor output, Tensor? target)
    {
        RequireOutput(output);
        if (target is not null)
            RequireFit(output, target);
        using var scope = NewDisposeScope();
        var parts = new List<OutputCurvature>();
        for (int i = 0; i < _parts.Length; i++)
        {
            if (_parts[i].Likelihood.CurvatureOf(_outputs.Of(output, i), target is null ? null : TargetOf(target, i)) is not { } own)
                return null;
            parts.Add(own);
        }
        // A part of independent outputs has no columns.
        var columns = parts.Any(part => part.Columns is not null)
            ? OnDiagonal([.. parts.Select(part => part.Columns ?? part.Diagonal.unsqueeze(2).narrow(2, 0, 0))]) : null;
        return new OutputCurvature(cat([.. parts.Select(part => part.Diagonal)], 1), columns).MoveToOuter(scope);
    }

    /// <inheritdoc/>
    public override string ToString() => Describe(likelihood => likelihood.ToString());

    /// <inheritdoc/>
    protected internal override string Settings => Describe(likelihood => likelihood.Settings);

    /// <inheritdoc/>
    protected internal override string? RefusalOf(nn.Module lastModule) =>
        _parts.Select(part => part.Likelihood.RefusalOf(lastModule)).FirstOrDefault(refusal => refusal is not null);

    /// <inheritdoc/>
    internal override Tensor LogDensity(Tensor output, Tensor target) =>
        Sum(output, target, (likelihood, own, of) => likelihood.LogDensity(own, of));

    /// <inheritdoc/>
    internal override void RequireOutputs(Tensor outputs)
    {
        RequireOutput(outputs);
        using var scope = NewDisposeScope();
        for (int i = 0; i < _parts.Length; i++)
            _parts[i].Likelihood.RequireOutputs(_outputs.Of(outputs, i));
    }

    /// <summary>Returns the entropies of the parts that are over classes, joined; null if no part is.</summary>
    /// <inheritdoc/>
    internal override Tensor? EntropyOf(Tensor mean)
    {
        if (_entropies.Total == 0)
            return null;
        using var scope = NewDisposeScope();
        return JoinedRows.Join(
            _parts.Select((part, i) => part.EntropyShape is null ? null : part.Likelihood.EntropyOf(_means.Of(mean, i))).OfType<Tensor>(),
            (int)mean.ndim - 1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override (long[] Shape, ScalarType? Type) TargetOf(long[] outputShape, long[] meanShape) => ([_targets.Total], null);

    /// <inheritdoc/>
    internal override string Uncertainties => "the variances, or Part, the prediction of one output";

    /// <inheritdoc/>
    internal override (double Minimum, double Maximum)? LearnedRangeOf(string parameter)
    {
        string[] path = parameter.Split('.', 2);
        return path.Length == 2 && int.TryParse(path[0], out int part) && part >= 0 && part < _parts.Length
            ? _parts[part].Likelihood.LearnedRangeOf(path[1]) : null;
    }

    /// <summary>Returns the values of one part of joined means, in its own shape.</summary>
    internal Tensor MeanOf(Tensor joined, int part) => _means.Of(joined, part);

    /// <summary>Returns the entropies of one part; null if it is not over classes.</summary>
    internal Tensor? EntropyOf(Tensor joined, int part) => _parts[part].EntropyShape is null ? null : _entropies.Of(joined, part);

    /// <summary>Returns the output of one part, in its own shape.</summary>
    internal Tensor OutputOf(Tensor joined, int part) => _outputs.Of(joined, part);

    private string Describe(Func<Likelihood, string> text) =>
        $"{nameof(JointLikelihood)}({string.Join(", ", _parts.Select(part => part.Describe(text(part.Likelihood))))})";

    private Tensor Sum(Tensor output, Tensor target, Func<Likelihood, Tensor, Tensor, Tensor> log)
    {
        RequireFit(output, target);
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        for (int i = 0; i < _parts.Length; i++)
        {
            var each = log(_parts[i].Likelihood, _outputs.Of(output, i), TargetOf(target, i));
            sum = sum is null ? each : sum.add(each, Scalars.One);
        }
        return sum!.MoveToOuterDisposeScope();
    }

    private Tensor Blocks(Tensor output, Func<Likelihood, Tensor, int, Tensor> factor)
    {
        RequireOutput(output);
        using var scope = NewDisposeScope();
        return OnDiagonal([.. _parts.Select((part, i) => factor(part.Likelihood, _outputs.Of(output, i), i))]).MoveToOuterDisposeScope();
    }

    // Puts matrices [B, K, C] on a diagonal, [B, Σ K, Σ C].
    private static Tensor OnDiagonal(Tensor[] blocks)
    {
        long before = 0, width = blocks.Sum(block => block.shape[2]);
        var rows = new Tensor[blocks.Length];
        for (int i = 0; i < blocks.Length; before += blocks[i++].shape[2])
            rows[i] = nn.functional.pad(blocks[i], [before, width - before - blocks[i].shape[2]]);
        return cat(rows, 1);
    }

    private Tensor OfParts(Tensor output, Func<Likelihood, Tensor, Tensor> compute)
    {
        RequireOutput(output);
        using var scope = NewDisposeScope();
        return JoinedRows.Join(_parts.Select((part, i) => compute(part.Likelihood, _outputs.Of(output, i))), (int)output.ndim - 1)
            .MoveToOuterDisposeScope();
    }

    // Returns the target of one part, in its own shape and type.
    private Tensor TargetOf(Tensor joined, int part)
    {
        var own = _targets.Of(joined, part);
        if (_parts[part].TargetType is not { } type || type == own.dtype)
            return own;
        var converted = own.to(type);
        if (!is_floating_point(type) && own.is_floating_point())
        {
            var isBroken = converted.to(own.dtype).ne(own);
            if (isBroken.any().ReadBoolean())
                throw new ArgumentException(
                    $"target has the value {own.masked_select(isBroken)[0].ReadDouble()} in part {part}; expected whole numbers, which "
                    + $"{_parts[part].Likelihood} takes as {type}.", "target");
        }
        return converted;
    }

    private void RequireOutput(Tensor output)
    {
        Require.Output(output);
        if (output.ndim < 2 || output.shape[^1] != _outputs.Total)
            throw new ArgumentException(
                $"The output has shape {Shapes.Describe(output.shape)}; expected [batch, {_outputs.Total}] or [samples, batch, {_outputs.Total}], "
                + $"{_outputs} numbers of the {_parts.Length} parts.", nameof(output));
    }

    private void RequireFit(Tensor output, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(output);
        RequireComparable(output, target);
        long[] ofOutput = output.shape, found = target.shape;
        long[] expected = ofOutput.Length < 2 ? [] : [ofOutput[^2], _targets.Total];
        if (ofOutput.Length is 2 or 3 && ofOutput[^1] == _outputs.Total && ofOutput[0] > 0 && found.AsSpan().SequenceEqual(expected))
            return;
        string? call = ofOutput.Length < 2 ? null : Shapes.CallToFit(found, expected);
        throw new ArgumentException(
            $"The target has shape {Shapes.Describe(found)} and the output {Shapes.Describe(ofOutput)}; expected a target [batch, {_targets.Total}] "
            + $"of {_targets} numbers and an output [batch, {_outputs.Total}] or [samples, batch, {_outputs.Total}] of {_outputs}, for "
            + $"{_parts.Length} parts{(call is null ? "" : $": use target.{call}")}.", nameof(target));
    }

    private static void RequireJoinable(Tensor[] values, string name, int leading)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length == 0)
            throw new ArgumentException($"There are no {name}s; expected at least one.", nameof(values));
        foreach (var value in values)
        {
            ArgumentNullException.ThrowIfNull(value, nameof(values));
            Require.Real(value, $"the {name}");
            if (leading == 2 && !value.is_floating_point())
                throw new ArgumentException($"The {name} is of type {value.dtype}; expected a floating-point type.", nameof(values));
        }
        long draws = leading < 2 ? 1 : values.Max(value => value.ndim == 0 ? 0 : value.shape[0]);
        if (!values.All(value => value.ndim >= leading && value.shape[leading - 1] == values[0].shape[leading - 1]
            && (leading < 2 || value.shape[0] == 1 || value.shape[0] == draws)))
            throw new ArgumentException(
                $"The {name}s have shapes {string.Join(" and ", values.Select(value => Shapes.Describe(value.shape)))}; expected "
                + (leading == 1 ? "[batch, …] each, with one number of rows." : "[1|S, B, …] each, with one number of draws S and of rows B."),
                nameof(values));
    }

    /// <summary>Where the numbers of each part are in a row.</summary>
    private sealed class Layout
    {
        private readonly long[][] _shapes;
        private readonly long[] _first;

        public Layout(long[][] shapes)
        {
            _shapes = shapes;
            _first = new long[shapes.Length];
            for (int i = 0; i < shapes.Length; i++)
            {
                _first[i] = Total;
                Total += JoinedRows.Count(shapes[i]);
            }
        }

        public long Total { get; }

        public Tensor Of(Tensor joined, int part) => JoinedRows.Part(joined, _first[part], _shapes[part]);

        public Tensor[] Split(Tensor joined, string name, string of)
        {
            ArgumentNullException.ThrowIfNull(joined, name);
            if (joined.ndim == 0 || joined.shape[^1] != Total)
                throw new ArgumentException(
                    $"The {name} have shape {Shapes.Describe(joined.shape)}; expected a last axis of {Total}, {this} numbers of the parts' {of}.",
                    name);
            return [.. _shapes.Select((_, part) => Of(joined, part))];
        }

        public override string ToString() => string.Join(" + ", _shapes.Select(shape => JoinedRows.Count(shape)));
    }

    private sealed class Holder : nn.Module
    {
        public Holder(OutputPart[] parts) : base(nameof(JointLikelihood))
        {
            foreach (var (index, part) in parts.Index())
                if (part.Likelihood.Parameters is { } learned)
                    register_module(FormattableString.Invariant($"{index}"), learned);
        }
    }
}
