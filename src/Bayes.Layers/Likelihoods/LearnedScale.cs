using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// A scale of the noise that is learned with the network. The parameter is its logarithm, mirrored at the ends of a range, so it never leaves the
/// range (<see cref="MirroredRange"/>).
/// </summary>
internal sealed class LearnedScale : NoiseScale
{
    /// <summary>The factor by which a scale can grow or shrink from its initial value if no range is given.</summary>
    public const double DefaultFactor = 1e4;

    private readonly string _name;
    private readonly Holder _holder;
    private readonly MirroredRange _range;

    /// <summary>Creates a learned scale.</summary>
    /// <param name="name">Its name, such as stddev: the parameter is log_stddev.</param>
    /// <param name="initial">The initial value; above 0.</param>
    /// <param name="outputs">1 for one number for all target dimensions; D for one for each.</param>
    /// <param name="minimum">The low end of the range; a ten-thousandth of the initial value by default.</param>
    /// <param name="maximum">The high end of the range; ten thousand times the initial value by default.</param>
    /// <param name="device">The parameter's device; torch's default device by default.</param>
    /// <param name="dtype">The parameter's element type; torch's default type by default.</param>
    /// <param name="channelAxis">The axis of the target dimensions, as the user named it.</param>
    /// <exception cref="ArgumentException">A value is outside its range, or the device is not available.</exception>
    public LearnedScale(string name, double initial, long outputs, double? minimum, double? maximum, Device? device, ScalarType? dtype,
        int? channelAxis) : base(channelAxis)
    {
        string title = char.ToUpperInvariant(name[0]) + name[1..];
        Require.PositiveAndFinite(initial, "initial" + title);
        Require.Between(Require.Positive(outputs), 1, int.MaxValue, nameof(outputs));
        _range = new MirroredRange(
            Require.PositiveAndFinite(minimum ?? initial / DefaultFactor, "min" + title),
            Require.PositiveAndFinite(maximum ?? initial * DefaultFactor, "max" + title));
        if (!_range.Contains(initial))
            throw new ArgumentOutOfRangeException(
                "initial" + title, initial,
                $"initial{title} is {initial}; expected a number above min{title}, {_range.Minimum}, and below max{title}, {_range.Maximum}.");
        var elementType = Require.FloatingPoint(dtype ?? get_default_dtype(), nameof(dtype));
        var home = Require.Available(device ?? get_default_device(), nameof(device));

        _name = name;
        using Scalar start = Math.Log(initial);
        _holder = new Holder(Key, full([outputs], start, elementType, home));
    }

    /// <inheritdoc/>
    public override nn.Module Parameters => _holder;

    /// <inheritdoc/>
    public override (double Minimum, double Maximum)? LearnedRange => (_range.Minimum, _range.Maximum);

    /// <inheritdoc/>
    public override long Count => Parameter.shape[0];

    /// <inheritdoc/>
    public override IReadOnlyList<double> Values
    {
        get
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            return Array.AsReadOnly(_range.Mirror(Parameter.to(ScalarType.Float64)).exp().ReadDoubles());
        }
    }

    /// <inheritdoc/>
    public override bool IsReadable => Parameter is var parameter && (parameter.IsPlain(ScalarType.Float32) || parameter.IsPlain(ScalarType.Float64));

    /// <inheritdoc/>
    public override void Read(Span<double> values)
    {
        ReadLogs(values);
        foreach (ref double value in values)
            value = Math.Exp(_range.Mirror(value));
    }

    /// <inheritdoc/>
    public override void AddGradient(ReadOnlySpan<double> gradientOfLog, double factor)
    {
        var parameter = Parameter;
        if (!parameter.requires_grad)
            return;
        var gradient = new double[gradientOfLog.Length];
        ReadLogs(gradient);
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] = gradientOfLog[i] * factor * _range.Slope(gradient[i]);
        using var scope = NewDisposeScope();
        var added = tensor(gradient, dtype: parameter.dtype);
        if (parameter.grad is { } sum)
            sum.add_(added, Scalars.One);
        else
            parameter.grad = added;
    }

    /// <inheritdoc/>
    public override NoiseScale Frozen()
    {
        var values = Values;
        return values.All(double.IsFinite)
            ? new FixedScale(values, _name, Axis.Named)
            : throw new InvalidOperationException(
                $"The learned {_name} is {string.Join(", ", values)}; expected finite numbers: a step was made on a loss that was not finite.");
    }

    /// <inheritdoc/>
    protected override (Tensor Scale, Tensor Log) Tensors(Tensor output)
    {
        var parameter = Parameter;
        if (parameter.device_type != output.device_type || parameter.device_index != output.device_index)
            throw new ArgumentException(
                $"The output is on {output.device} and the likelihood's {_name} on {parameter.device}; move the loss with .to(...).",
                nameof(output));
        var log = _range.Mirror(parameter.to(output.dtype.AtLeastSingle()));
        return (log.exp(), log);
    }

    private string Key => "log_" + _name;

    // .to(...) registers new parameters.
    private Parameter Parameter
    {
        get
        {
            var parameter = _holder.get_parameter(Key)!;
            return parameter.IsInvalid
                ? throw new ObjectDisposedException(
                    _name, $"The likelihood's learned {_name} was disposed with its loss; a likelihood from Frozen() outlives the loss.")
                : parameter;
        }
    }

    private void ReadLogs(Span<double> logs)
    {
        var parameter = Parameter;
        if (parameter.dtype == ScalarType.Float64)
            parameter.AsSpan<double>().CopyTo(logs);
        else
            Vectors.ToDoubles<float>(parameter.AsSpan<float>(), logs);
        GC.KeepAlive(parameter);
    }

    private sealed class Holder : nn.Module
    {
        public Holder(string name, Tensor value) : base(nameof(LearnedScale)) => register_parameter(name, new Parameter(value).Owned());
    }
}
