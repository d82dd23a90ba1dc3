using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Benchmarks.HandWritten;

/// <summary>A fully connected or convolutional layer of Bayes by Backprop, written without a library: w = mu + exp(log_var / 2) · eps.</summary>
/// <remarks>Starts from a copy of a layer's parameters; owns the copy.</remarks>
internal sealed class HandWrittenLayer : IDisposable
{
    private readonly BayesianConv2d? _convolution;
    private readonly Parameter _weightMean;
    private readonly Parameter _weightLogVariance;
    private readonly Parameter? _biasMean;
    private readonly Parameter? _biasLogVariance;

    public HandWrittenLayer(BayesianLayer layer)
    {
        _convolution = layer as BayesianConv2d;
        if (_convolution is null && layer is not BayesianLinear)
            throw new ArgumentException($"The layer is a {layer.GetName()}; expected a BayesianLinear or a BayesianConv2d.", nameof(layer));
        _weightMean = Copy(layer.weight_mu);
        _weightLogVariance = Copy(layer.weight_log_var);
        if (layer.bias_mu is { } bias)
            (_biasMean, _biasLogVariance) = (Copy(bias), Copy(layer.bias_log_var!));
    }

    public IEnumerable<Parameter> Parameters => new[] { _weightMean, _weightLogVariance, _biasMean, _biasLogVariance }.OfType<Parameter>();

    /// <summary>The number of weights in a draw.</summary>
    public long Weights => _weightMean.numel() + (_biasMean?.numel() ?? 0);

    /// <summary>Runs a pass with freshly drawn weights.</summary>
    public Tensor Forward(Tensor input) =>
        Apply(input, Draw(_weightMean, _weightLogVariance), _biasMean is null ? null : Draw(_biasMean, _biasLogVariance!));

    /// <summary>Runs a pass with the posterior mean: only the layer's arithmetic.</summary>
    public Tensor ForwardMean(Tensor input) => Apply(input, _weightMean, _biasMean);

    /// <summary>Computes KL(q ‖ N(0, 1)) with four operations per tensor and a sum.</summary>
    public Tensor KlDivergence()
    {
        var divergence = Divergence(_weightMean, _weightLogVariance);
        return _biasMean is null ? divergence : divergence + Divergence(_biasMean, _biasLogVariance!);
    }

    public void Dispose()
    {
        foreach (var parameter in Parameters)
            parameter.Dispose();
    }

    private Tensor Apply(Tensor input, Tensor weight, Tensor? bias) => _convolution is null
        ? functional.linear(input, weight, bias)
        : functional.conv2d(input, weight, bias, [.. _convolution.Stride], [.. _convolution.Padding], [.. _convolution.Dilation],
            _convolution.Groups);

    private static Tensor Draw(Tensor mean, Tensor logVariance) => mean + exp(0.5 * logVariance) * randn_like(mean);

    private static Tensor Divergence(Tensor mean, Tensor logVariance) => 0.5 * (exp(logVariance) + mean.pow(2) - logVariance - 1).sum();

    private static Parameter Copy(Tensor parameter)
    {
        using var scope = NewDisposeScope();
        var copy = new Parameter(parameter.detach().clone());
        copy.DetachFromDisposeScope();
        return copy;
    }
}
