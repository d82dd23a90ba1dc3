using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>A size of the noise that is known. Immutable.</summary>
internal sealed class FixedScale : NoiseScale
{
    private readonly double[] _values;
    private readonly double[] _logs;

    /// <summary>Given numbers.</summary>
    /// <param name="values">At least one, each above 0 and finite.</param>
    /// <param name="name">What one of them is called.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">One is outside its range.</exception>
    public FixedScale(IEnumerable<double> values, string name)
    {
        ArgumentNullException.ThrowIfNull(values, name);
        _values = [.. values];
        if (_values.Length == 0)
            throw new ArgumentException($"There is no {name}; expected one number, or one for each target dimension.", name);
        foreach (double value in _values)
            Require.PositiveAndFinite(value, name);
        _logs = [.. _values.Select(value => Math.Log(value))];
    }

    /// <inheritdoc/>
    public override long Count => _values.Length;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Values => _values.AsReadOnly();

    /// <inheritdoc/>
    protected override (Tensor Scale, Tensor Log) Tensors(Tensor output) =>
        (tensor(_values, dtype: output.dtype, device: output.device), tensor(_logs, dtype: output.dtype, device: output.device));
}
