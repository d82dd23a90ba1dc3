using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Benchmarks.HandWritten;

/// <summary>
/// A fully connected or convolutional layer of Bayes by Backprop, or a table of vectors, written without a library: weights are mu + exp(log_var / 2)
/// · eps, and outputs can be drawn instead of weights.
/// </summary>
/// <remarks>Starts from a copy of a layer's parameters; owns the copy.</remarks>
internal sealed class HandWrittenLayer : IDisposable
{
    // The root has no gradient at 0.
    private const double SmallestVariance = 1e-12;

    private readonly Func<Tensor, Tensor, Tensor?, Tensor> _apply;
    private readonly long? _sizeOfRow;
    private readonly Parameter _weightMean;
    private readonly Parameter _weightLogVariance;
    private readonly Parameter? _biasMean;
    private readonly Parameter? _biasLogVariance;

    public HandWrittenLayer(BayesianLayer layer)
    {
        _apply = layer switch
        {
            BayesianLinear => functional.linear,
            BayesianConv2d convolution => (input, weight, bias) => functional.conv2d(
                input, weight, bias, [.. convolution.Stride], [.. convolution.Padding], [.. convolution.Dilation], convolution.Groups),
            BayesianEmbedding => (input, weight, _) => weight.index_select(0, input),
            _ => throw new ArgumentException(
                $"The layer is a {layer.GetName()}; expected a BayesianLinear, a BayesianConv2d or a BayesianEmbedding.", nameof(layer)),
        };
        _sizeOfRow = (layer as BayesianEmbedding)?.Size;
        _weightMean = Copy(layer.weight_mu);
        _weightLogVariance = Copy(layer.weight_log_var);
        if (layer.bias_mu is { } bias)
            (_biasMean, _biasLogVariance) = (Copy(bias), Copy(layer.bias_log_var!));
    }

    public IEnumerable<Parameter> Parameters => new[] { _weightMean, _weightLogVariance, _biasMean, _biasLogVariance }.OfType<Parameter>();

    /// <summary>Returns the number of weights that a draw needs for some rows: of a table, only the vectors looked up.</summary>
    public long Weights(long rows) => rows * _sizeOfRow ?? _weightMean.numel() + (_biasMean?.numel() ?? 0);

    /// <summary>Runs a pass with freshly drawn weights.</summary>
    public Tensor Forward(Tensor input) =>
        _apply(input, Draw(_weightMean, _weightLogVariance), _biasMean is null ? null : Draw(_biasMean, _biasLogVariance!));

    /// <summary>Runs a pass with local reparameterization, which draws every output of every row.</summary>
    public Tensor ForwardLocal(Tensor input)
    {
        var mean = ForwardMean(input);
        var variance = _apply(input * input, exp(_weightLogVariance), _biasLogVariance is null ? null : exp(_biasLogVariance));
        return mean + sqrt(variance + SmallestVariance) * randn_like(mean);
    }

    /// <summary>Runs a pass with Flipout, which flips the signs of one deviation for every row.</summary>
    public Tensor ForwardFlipout(Tensor input)
    {
        var deviation = _apply(
            input * Signs(input), Deviation(_weightMean, _weightLogVariance),
            _biasMean is null ? null : Deviation(_biasMean, _biasLogVariance!));
        return ForwardMean(input) + deviation * Signs(deviation);
    }

    /// <summary>Runs a pass with the posterior mean: only the layer's arithmetic.</summary>
    public Tensor ForwardMean(Tensor input) => _apply(input, _weightMean, _biasMean);

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

    private static Tensor Draw(Tensor mean, Tensor logVariance) => mean + Deviation(mean, logVariance);

    private static Tensor Deviation(Tensor mean, Tensor logVariance) => exp(0.5 * logVariance) * randn_like(mean);

    // One sign for each row and channel.
    private static Tensor Signs(Tensor like) =>
        randint(0, 2, [.. like.shape.Select((size, axis) => axis < 2 ? size : 1)], like.dtype, like.device) * 2 - 1;

    private static Tensor Divergence(Tensor mean, Tensor logVariance) => 0.5 * (exp(logVariance) + mean.pow(2) - logVariance - 1).sum();

    private static Parameter Copy(Tensor parameter)
    {
        using var scope = NewDisposeScope();
        var copy = new Parameter(parameter.detach().clone());
        copy.DetachFromDisposeScope();
        return copy;
    }
}
