using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.HandWritten;

/// <summary>
/// TorchSharp's own LSTM or GRU as a layer of Bayes by Backprop: each draw's weights are copied into it, and their gradients go to mu and log_var by
/// the chain rule.
/// </summary>
/// <remarks>Starts from a copy of a layer's parameters; owns the copy.</remarks>
internal sealed class HandWrittenRecurrent : IDisposable
{
    private readonly nn.Module _module;
    private readonly Func<Tensor, Tensor> _call;
    private readonly Weight[] _weights;

    public HandWrittenRecurrent(BayesianRecurrent layer, Device device)
    {
        (_module, _call) = Plain(layer, device);
        var posteriors = layer.children().Cast<BayesianLinear>().ToList();
        Tensor[] means = [.. posteriors.Select(each => each.weight_mu), .. posteriors.Select(each => each.bias_mu!)];
        Tensor[] logVariances = [.. posteriors.Select(each => each.weight_log_var), .. posteriors.Select(each => each.bias_log_var!)];
        _weights = [.. _module.parameters().Select((own, i) => new Weight(own, Copy(means[i]), Copy(logVariances[i])))];
        CopyMeans();
    }

    /// <summary>The gradients of the means, after <see cref="Backward"/>.</summary>
    public IEnumerable<Tensor> GradientsOfMeans => _weights.Select(weight => weight.Mean.grad!);

    /// <summary>Returns TorchSharp's layer of the same sizes with sequences of a batch first, and its outputs of all steps.</summary>
    public static (nn.Module Module, Func<Tensor, Tensor> Call) Plain(BayesianRecurrent layer, Device device)
    {
        if (layer is BayesianLSTM)
        {
            var lstm = nn.LSTM(layer.InputSize, layer.HiddenSize, batchFirst: true, device: device);
            return (lstm, input => lstm.call(input).Item1);
        }
        var gru = nn.GRU(layer.InputSize, layer.HiddenSize, batchFirst: true, device: device);
        return (gru, input => gru.call(input).Item1);
    }

    /// <summary>Runs a pass with freshly drawn weights.</summary>
    public Tensor Forward(Tensor input)
    {
        foreach (var weight in _weights)
            weight.Draw().Dispose();
        return _call(input);
    }

    /// <summary>Runs S passes and their backward passes: the gradient of the mean output.</summary>
    public void Backward(Tensor input, int draws)
    {
        foreach (var weight in _weights)
            weight.ClearGradients();
        for (int draw = 0; draw < draws; draw++)
        {
            using var scope = NewDisposeScope();
            _module.zero_grad();
            Tensor[] deviations = [.. _weights.Select(weight => weight.Draw())];
            (_call(input).mean() / draws).backward();
            for (int i = 0; i < _weights.Length; i++)
                _weights[i].AddGradients(deviations[i]);
        }
    }

    /// <summary>Runs a pass with the posterior mean.</summary>
    public Tensor ForwardMean(Tensor input)
    {
        CopyMeans();
        return _call(input);
    }

    public void Dispose()
    {
        _module.Dispose();
        foreach (var weight in _weights)
            weight.Dispose();
    }

    private void CopyMeans()
    {
        using var noGrad = no_grad();
        foreach (var weight in _weights)
            weight.Own.copy_(weight.Mean);
    }

    private static Parameter Copy(Tensor parameter)
    {
        using var scope = NewDisposeScope();
        var copy = new Parameter(parameter.detach().clone());
        copy.DetachFromDisposeScope();
        return copy;
    }

    private sealed record Weight(Parameter Own, Parameter Mean, Parameter LogVariance) : IDisposable
    {
        /// <summary>Puts mu + sigma · eps into the module, and returns sigma · eps.</summary>
        public Tensor Draw()
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            var deviation = exp(0.5 * LogVariance) * randn_like(Mean);
            Own.copy_(Mean + deviation);
            return deviation.MoveToOuterDisposeScope();
        }

        public void AddGradients(Tensor deviation)
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            var gradient = Own.grad!;
            Mean.grad!.add_(gradient);
            LogVariance.grad!.add_(0.5 * gradient * deviation);
        }

        public void ClearGradients()
        {
            using var scope = NewDisposeScope();
            foreach (var parameter in new[] { Mean, LogVariance })
                parameter.grad = zeros_like(parameter);
        }

        public void Dispose()
        {
            Mean.Dispose();
            LogVariance.Dispose();
        }
    }
}
