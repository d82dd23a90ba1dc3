using Bayes.Layers.Kernels;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Sampling;

/// <summary>
/// The log posterior of a small fully connected network, in managed code and double precision: for such a network, the overhead of torch's
/// operations and of autograd's nodes is many times the arithmetic (decision 47).
/// </summary>
internal sealed class DensePosterior : LogPosterior
{
    // Above this number of products in a pass, torch's matrix products are faster.
    private const long MostProducts = 1 << 23;

    private readonly DenseGradient _network;
    private readonly IOutputGradient _likelihood;
    private readonly Tensor _target;
    private readonly FlatPrior _prior;
    private readonly double[] _output;
    private readonly double[] _slopes;

    private DensePosterior(DenseGradient network, IOutputGradient likelihood, Tensor target, WeightLayout layout, double temperature)
        : base(layout.Length, temperature)
    {
        (_network, _likelihood, _target, _prior) = (network, likelihood, target, new FlatPrior(layout));
        _output = new double[network.Rows * network.OutputSize];
        _slopes = new double[_output.Length];
    }

    /// <summary>
    /// Returns a function that makes the log posterior for a chain, or null if the network is not a sequence of linear layers and functions of
    /// elements, all trainable and without hooks, the likelihood or the target is of another kind, or there are too many rows.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="layout">Its weights.</param>
    /// <param name="input">The rows.</param>
    /// <param name="target">The target, which must live as long as the results; in double precision if it is not of classes.</param>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="temperature">The temperature.</param>
    public static Func<LogPosterior>? TryOf(
        nn.Module network, WeightLayout layout, NetworkInput input, Tensor target, Likelihood likelihood, double temperature)
    {
        if (likelihood is not IOutputGradient gradient || input.Count > 1 || input[0] is not { ndim: 2 } rows || !rows.is_floating_point()
            || layout.Device.type != TorchSharp.DeviceType.CPU || rows.device_type != TorchSharp.DeviceType.CPU || rows.shape[0] > int.MaxValue)
            return null;
        var makers = new List<Func<DenseGradient.Step>>();
        long width = rows.shape[1], products = 0;
        if (network is not nn.Module<Tensor, Tensor> root || !TryAdd(root, "") || products == 0 || products * rows.shape[0] > MostProducts
            || !gradient.Takes(target, (int)rows.shape[0], (int)width, ScalarType.Float64))
            return null;
        using var scope = NewDisposeScope();
        int count = (int)rows.shape[0];
        var transposed = DenseGradient.Transpose(rows.detach().to(ScalarType.Float64).contiguous().AsSpan<double>(), count);
        return () => new DensePosterior(
            new DenseGradient([.. makers.Select(make => make())], transposed, count), gradient, target, layout, temperature);

        bool TryAdd(nn.Module<Tensor, Tensor> module, string path)
        {
            if (!ModuleHooks.HasNone(module))
                return false;
            switch (module)
            {
                case Sequential when module.GetType() == typeof(Sequential):
                    return module.named_children().All(child =>
                        child.module is nn.Module<Tensor, Tensor> inner && TryAdd(inner, path.Length == 0 ? child.name : $"{path}.{child.name}"));
                case Linear layer when layer.GetType() == typeof(Linear):
                    return TryAddLayer(layer);
                case Identity:
                    return true;
            }
            // In evaluation mode, dropout keeps all values.
            if (KnownModules.Is(ModuleTraits.DropsValues | ModuleTraits.KeepsValues, module))
                return true;
            if (KnownModules.FunctionOf(module) is not { } function)
                return false;
            makers.Add(() => DenseGradient.Step.Elementwise(function.Slope));
            return true;
        }

        bool TryAddLayer(Linear layer)
        {
            long[] shape = layer.weight.shape;
            if (shape[1] != width || OffsetOf(layer.weight) is not { } weight)
                return false;
            int? bias = null;
            if (layer.bias is { } own && (bias = OffsetOf(own)) is null)
                return false;
            width = shape[0];
            products += shape[0] * shape[1];
            makers.Add(() => DenseGradient.Step.Layer((int)shape[1], (int)shape[0], weight, bias));
            return true;
        }

        // A parameter that is frozen has no place.
        int? OffsetOf(Tensor parameter) =>
            layout.Slices.FirstOrDefault(slice => slice.Parameter.Objects.Any(each => ReferenceEquals(each, parameter)))?.Offset;
    }

    /// <inheritdoc/>
    protected override double Add(ReadOnlySpan<double> weights, Span<double> gradient)
    {
        _network.Forward(weights, _output);
        double log = -_likelihood.NegativeLogProbability<double>(_output, _network.OutputSize, _target, [], _slopes, []);
        foreach (ref double each in _slopes.AsSpan())
            each = -each;
        _network.Backward(weights, _slopes, gradient);
        return log + _prior.Add(weights, gradient);
    }
}
