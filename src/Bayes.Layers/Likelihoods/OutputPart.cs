using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// One output of a network with several, as a part of a <see cref="JointLikelihood"/>: its likelihood, and the shapes of a row of the output and of
/// its target. Immutable.
/// </summary>
/// <example><c>new OutputPart(new CategoricalLikelihood(), 3)</c></example>
public sealed class OutputPart
{
    private const long ProbedRows = 3;

    private readonly long[] _outputShape;
    private readonly (long[] Shape, ScalarType? Type) _usualTarget;
    private readonly long[] _targetShape;
    private readonly ScalarType? _targetType;

    /// <summary>Creates a part.</summary>
    /// <param name="likelihood">p(y | f) of this output.</param>
    /// <param name="outputShape">The shape of a row of the output: 3 for <c>[B, 3]</c>, and 2, 8, 8 for images <c>[B, 2, 8, 8]</c>; nothing for one
    /// number, <c>[B]</c>.</param>
    /// <exception cref="ArgumentException">The likelihood does not take such an output.</exception>
    public OutputPart(Likelihood likelihood, params long[] outputShape)
    {
        ArgumentNullException.ThrowIfNull(likelihood);
        ArgumentNullException.ThrowIfNull(outputShape);
        foreach (long size in outputShape)
            Require.Positive(size, nameof(outputShape));
        Likelihood = likelihood;
        _outputShape = [.. outputShape];
        (MeanShape, EntropyShape) = Probe();
        _usualTarget = likelihood.TargetOf(_outputShape, MeanShape);
        _targetShape = _usualTarget.Shape;
    }

    private OutputPart(OutputPart part, Likelihood likelihood)
    {
        Likelihood = likelihood;
        (_outputShape, MeanShape, EntropyShape) = (part._outputShape, part.MeanShape, part.EntropyShape);
        (_usualTarget, _targetShape, _targetType) = (part._usualTarget, part._targetShape, part._targetType);
    }

    /// <summary>Gets p(y | f) of this output.</summary>
    public Likelihood Likelihood { get; }

    /// <summary>Gets the shape of a row of the output.</summary>
    public IReadOnlyList<long> OutputShape => Array.AsReadOnly(_outputShape);

    /// <summary>
    /// Gets the shape of a row of the target. By default that of the mean, and for a <see cref="CategoricalLikelihood"/> a class for each place; set
    /// it for soft targets, and for a likelihood of your own with targets of another shape.
    /// </summary>
    public IReadOnlyList<long> TargetShape
    {
        get => Array.AsReadOnly(_targetShape);
        init => _targetShape = [.. value];
    }

    /// <summary>
    /// Gets the type of the targets that the likelihood gets. By default Int64 for the classes of a <see cref="CategoricalLikelihood"/>, and
    /// otherwise null: that of the joined targets.
    /// </summary>
    public ScalarType? TargetType
    {
        get => _targetType ?? (_targetShape.AsSpan().SequenceEqual(_usualTarget.Shape) ? _usualTarget.Type : null);
        init => _targetType = value;
    }

    /// <summary>Gets the shape of a row of the mean.</summary>
    internal long[] MeanShape { get; }

    /// <summary>Gets the shape of a row of the entropy; null if the likelihood is not over classes.</summary>
    internal long[]? EntropyShape { get; }

    /// <summary>Gets whether the targets have another shape or type than the likelihood implies.</summary>
    internal bool HasOwnTarget => TargetType != _usualTarget.Type || !_targetShape.AsSpan().SequenceEqual(_usualTarget.Shape);

    /// <summary>Returns this part with another likelihood of the same kind; the part itself if the likelihood is the same.</summary>
    internal OutputPart With(Likelihood likelihood) => ReferenceEquals(likelihood, Likelihood) ? this : new OutputPart(this, likelihood);

    /// <summary>Returns the likelihood, the shape of an output and, if it is not the usual one, that of a target.</summary>
    public override string ToString() => Describe(Likelihood.ToString());

    /// <summary>Returns the part with another text for the likelihood.</summary>
    internal string Describe(string likelihood) => $"{likelihood} {Shapes.Describe(_outputShape)}"
        + (HasOwnTarget ? $" for targets {(TargetType is { } type ? $"{type} " : "")}{Shapes.Describe(_targetShape)}" : "");

    private (long[] Mean, long[]? Entropy) Probe()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var device = Likelihood.Parameters?.parameters().FirstOrDefault()?.device ?? CPU;
        var outputs = zeros([1, ProbedRows, .. _outputShape], ScalarType.Float32, device);
        try
        {
            Likelihood.RequireOutputs(outputs);
            var mean = Likelihood.Mean(outputs);
            Tensor?[] moments = [mean, Likelihood.Variance(outputs), Likelihood.EntropyOf(mean)];
            if (moments.OfType<Tensor>().All(each => each.ndim >= 2 && each.shape[1] == ProbedRows))
                return (mean.shape[2..], moments[2]?.shape[2..]);
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException(
                $"{Likelihood} does not take an output of shape {Shapes.Describe(_outputShape)} for each row: {exception.Message}", "outputShape",
                exception);
        }
        throw new ArgumentException(
            $"{Likelihood} takes the rows for features if the output has shape {Shapes.Describe(_outputShape)} for each row; expected one more axis, "
            + "such as 1.", "outputShape");
    }
}
