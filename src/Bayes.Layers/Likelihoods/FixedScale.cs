using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>A known scale of the noise. Immutable.</summary>
internal sealed class FixedScale : NoiseScale
{
    private readonly double[] _values;
    private readonly double[] _logs;
    private readonly string _name;

    /// <summary>Creates a scale from given numbers.</summary>
    /// <param name="values">At least one, each above 0 and finite.</param>
    /// <param name="name">The name of one number.</param>
    /// <param name="channelAxis">The axis of the target dimensions, as the user named it.</param>
    /// <exception cref="ArgumentException">There are no numbers.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public FixedScale(IEnumerable<double> values, string name, int? channelAxis) : base(channelAxis)
    {
        ArgumentNullException.ThrowIfNull(values, name);
        _values = [.. values];
        if (_values.Length == 0)
            throw new ArgumentException($"There is no {name}; expected one number, or one for each target dimension.", name);
        foreach (double value in _values)
            Require.PositiveAndFinite(value, name);
        _logs = [.. _values.Select(value => Math.Log(value))];
        _name = name;
    }

    /// <inheritdoc/>
    public override long Count => _values.Length;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Values => _values.AsReadOnly();

    /// <inheritdoc/>
    public override void Read(Span<double> values) => _values.CopyTo(values);

    /// <inheritdoc/>
    public override bool FitIn(ScalarType dtype) => MisfitIn(dtype) is null;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The output's type cannot hold a number.</exception>
    protected override (Tensor Scale, Tensor Log) Tensors(Tensor output)
    {
        // A scale that is rounded to 0 would give 0 / 0 = NaN.
        if (MisfitIn(output.dtype) is { } value)
        {
            var (lowest, highest) = Range(output.dtype);
            throw new ArgumentException(
                FormattableString.Invariant($"{_name} is {value}, which the output's type {output.dtype} cannot hold or square; ")
                    + FormattableString.Invariant($"expected a number between {lowest:g3} and {highest:g3}: scale the targets."),
                nameof(output));
        }
        return (tensor(_values, dtype: output.dtype, device: output.device), tensor(_logs, dtype: output.dtype, device: output.device));
    }

    private double? MisfitIn(ScalarType dtype)
    {
        var (lowest, highest) = Range(dtype);
        foreach (double value in _values)
            if (value < lowest || value > highest)
                return value;
        return null;
    }

    // Moments of half precision are computed in single precision.
    private static (double Lowest, double Highest) Range(ScalarType dtype) => dtype == ScalarType.Float64 ? (2.3e-308, 1.3e154) : (1.2e-38, 1.8e19);
}
