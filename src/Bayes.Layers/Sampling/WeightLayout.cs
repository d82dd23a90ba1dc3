using Bayes.Layers.Conversion;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers.Sampling;

/// <summary>The weights of a network as one flat vector: its trainable parameters, one after the other.</summary>
internal sealed class WeightLayout
{
    private WeightLayout(IReadOnlyList<WeightSlice> slices) => Slices = slices;

    /// <summary>Gets the parameters, which also are the order of the flat vector.</summary>
    public IReadOnlyList<WeightSlice> Slices { get; }

    /// <summary>Gets the number of weights.</summary>
    public int Length => Slices[^1].Offset + Slices[^1].Length;

    /// <summary>Gets the element type of all parameters.</summary>
    public ScalarType Type => Slices[0].Parameter.Value.dtype;

    /// <summary>Gets the device of all parameters.</summary>
    public Device Device => Slices[0].Parameter.Value.device;

    /// <summary>Returns the layout of a network.</summary>
    /// <exception cref="ArgumentException">
    /// The network has no trainable parameter or ones of several types, is Bayesian, or a prior learns or does not fit.
    /// </exception>
    public static WeightLayout Of(nn.Module network, SamplerOptions options)
    {
        NetworkCall.Require(network, options.Output);
        if (network is BayesianModule || network.BayesianModules().Any())
            throw new ArgumentException(
                $"The {network.GetType().Name} is or contains a Bayesian module; expected a plain network, all of whose weights are sampled.",
                nameof(network));
        NetworkParameter[] parameters =
            [.. NetworkParameter.Of(network).Where(each => each.Value.requires_grad && each.Value.numel() > 0)];
        if (parameters.Length == 0)
            throw new ArgumentException(
                $"The {network.GetType().Name} has no parameter that requires a gradient; expected at least one to sample.", nameof(network));
        var first = parameters[0];
        foreach (var other in parameters)
            if (other.Value.dtype != first.Value.dtype || other.Value.device.ToString() != first.Value.device.ToString())
                throw new ArgumentException(
                    $"'{other.Name}' is {other.Value.dtype} on {other.Value.device} and '{first.Name}' {first.Value.dtype} on {first.Value.device}; "
                    + "expected parameters of one type on one device: network.to(...).", nameof(network));
        if (first.Value.dtype is not (ScalarType.Float32 or ScalarType.Float64))
            throw new ArgumentException(
                $"The parameters are of type {first.Value.dtype}; expected Float32 or Float64, since sampling adds many small steps.",
                nameof(network));
        long total = parameters.Sum(each => each.Value.numel());
        if (total > int.MaxValue / sizeof(double))
            throw new ArgumentException($"The network has {total} weights; expected at most {int.MaxValue / sizeof(double)}.", nameof(network));
        var conversions = new LayerConversions([]);
        int offset = 0;
        return new WeightLayout([.. parameters.Select(each =>
        {
            int length = (int)each.Value.numel(), start = offset;
            offset += length;
            return new WeightSlice(each, start, length, PriorOf(each, options), conversions.FixedRowOf(each));
        })]);
    }

    /// <summary>Returns the layout of another instance of the network, with the same priors.</summary>
    public WeightLayout Of(nn.Module instance)
    {
        var parameters = NetworkParameter.Of(instance).ToDictionary(each => each.Name);
        return new WeightLayout([.. Slices.Select(slice => slice with { Parameter = parameters[slice.Parameter.Name] })]);
    }

    /// <summary>Returns the network's own weights.</summary>
    public double[] Read() => [.. Slices.SelectMany(slice => slice.Parameter.Value.ReadDoubles())];

    /// <summary>Returns which weights never change, those of fixed rows; null if there are none.</summary>
    public bool[]? FixedWeights()
    {
        if (Slices.All(slice => slice.FixedRow is null))
            return null;
        var isFixed = new bool[Length];
        foreach (var slice in Slices)
            if (slice.FixedRow is { } row)
            {
                int width = slice.Length / (int)slice.Shape[0];
                isFixed.AsSpan(slice.Offset + (int)row * width, width).Fill(true);
            }
        return isFixed;
    }

    private static Prior PriorOf(NetworkParameter parameter, SamplerOptions options)
    {
        var given = options.PriorOf?.Invoke(parameter.Name) ?? options.Prior;
        try
        {
            given.RequireFits(parameter.Value.dtype);
            given = given.For(parameter.Value.shape, parameter.Value.dtype);
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException($"The prior of '{parameter.Name}' does not fit: {exception.Message}", "options", exception);
        }
        return given.Parameters?.parameters().Any() != true ? given : throw new ArgumentException(
            $"The prior of '{parameter.Name}', {given}, learns its scale, and a sampler needs a fixed prior; expected one such as NormalPrior.",
            "options");
    }
}
