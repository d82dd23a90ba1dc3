using Bayes.Layers.Kernels;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Sampling;

/// <summary>
/// The weights of any network as one flat tensor, and the gradients of likelihood and prior as another: autograd goes through the network's own
/// forward with parts of the flat tensor in place of its parameters.
/// </summary>
/// <remarks>The network is used by one thread at a time, in evaluation mode. Owns its tensors.</remarks>
internal sealed class NetworkGradient : IDisposable
{
    private readonly nn.Module _network;
    private readonly WeightLayout _layout;
    private readonly Likelihood _likelihood;
    private readonly int? _output;
    private readonly NetworkParameter[] _parameters;
    private readonly Tensor[] _leaves;
    private readonly Tensor[] _slopes;
    private readonly bool _exchanges;

    /// <summary>Creates the tensors, with the network's own weights.</summary>
    /// <param name="network">The network, in evaluation mode.</param>
    /// <param name="layout">Its weights.</param>
    /// <param name="row">An input of one row.</param>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="output">Zero-based index of the output that the likelihood is of; null for all.</param>
    /// <exception cref="InvalidOperationException">The network's forward is random, or changes a parameter.</exception>
    public NetworkGradient(nn.Module network, WeightLayout layout, NetworkInput row, Likelihood likelihood, int? output)
    {
        (_network, _layout, _likelihood, _output) = (network, layout, likelihood, output);
        _parameters = [.. layout.Slices.Select(slice => slice.Parameter)];
        _exchanges = NetworkTrial.Exchanges(network, _parameters, row.Tensors, output);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Weights = cat([.. _parameters.Select(each => each.Value.detach().flatten())]).Owned();
        Gradient = Weights.zeros_like().Owned();
        _leaves = [.. layout.Slices.Select(slice => PartOf(Weights, slice).detach().requires_grad_().Owned())];
        _slopes = [.. layout.Slices.Select(slice => PartOf(Gradient, slice).Owned())];
        foreach (var (leaf, slopes) in _leaves.Zip(_slopes))
            leaf.grad = slopes;
    }

    /// <summary>Gets the weights, which the caller may change in place.</summary>
    public Tensor Weights { get; }

    /// <summary>Gets the gradient, to which the methods add, and which the caller sets to 0.</summary>
    public Tensor Gradient { get; }

    /// <summary>Adds the gradient of a factor times the sum of log p(y | f) over rows.</summary>
    /// <returns>The sum without the factor, in nats.</returns>
    public double AddLogLikelihood(NetworkInput input, Tensor target, double factor)
    {
        using var scope = NewDisposeScope();
        using var grad = enable_grad();
        using Scalar weight = factor;
        double value;
        using (WeightSubstitution.Put(_parameters, _leaves, IsExchanged))
        {
            var output = NetworkCall.Of(_network, [.. input.Tensors.Select(each => each.clone())], _output);
            NetworkCall.RequireRows(_network, output, input.Rows);
            var log = _likelihood.LogProbability(output, target).sum(ScalarType.Float64);
            if (!log.requires_grad)
                throw new ArgumentException(
                    $"The output of the {_network.GetType().Name} does not depend on its parameters; expected a network to sample.", "network");
            log.mul(weight).backward();
            value = log.ReadDouble();
        }
        // Gradients of parameters that native code reads arrive at the parameters.
        using var noGrad = no_grad();
        for (int i = 0; i < _parameters.Length; i++)
            if (!IsExchanged(_parameters[i]) && _parameters[i].Value.grad is { } found)
            {
                _slopes[i].add_(found, Scalars.One);
                _parameters[i].Value.grad = null;
            }
        return value;
    }

    /// <summary>Adds the gradient of log p(w).</summary>
    /// <returns>log p(w), in nats.</returns>
    public double AddLogPrior()
    {
        using var scope = NewDisposeScope();
        using var grad = enable_grad();
        Tensor? sum = null;
        foreach (var (slice, leaf) in _layout.Slices.Zip(_leaves))
        {
            var own = slice.Prior.LogProbability(leaf).sum(ScalarType.Float64);
            sum = sum is null ? own : sum.add(own, Scalars.One);
        }
        sum!.backward();
        return sum.ReadDouble();
    }

    /// <summary>Copies numbers into the weights.</summary>
    public void SetWeights(ReadOnlySpan<double> numbers)
    {
        using var noGrad = no_grad();
        if (Weights.IsPlain(ScalarType.Float64))
            numbers.CopyTo(Weights.AsSpan<double>());
        else if (Weights.IsPlain(ScalarType.Float32))
        {
            var values = Weights.AsSpan<float>();
            for (int i = 0; i < values.Length; i++)
                values[i] = (float)numbers[i];
        }
        else
        {
            using var scope = NewDisposeScope();
            Weights.copy_(tensor(numbers.ToArray()));
        }
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (var leaf in _leaves)
            leaf.grad = null;
        foreach (var tensor in _leaves.Concat(_slopes).Append(Weights).Append(Gradient))
            tensor.Dispose();
    }

    private bool IsExchanged(NetworkParameter each) => _exchanges && each.IsReadByObject;

    private static Tensor PartOf(Tensor flat, WeightSlice slice) => flat.narrow(0, slice.Offset, slice.Length).view(slice.Shape);
}
