using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.HandWritten;

/// <summary>A network of Bayes by Backprop in plain TorchSharp, written as in a notebook: the baseline of every benchmark.</summary>
/// <remarks>Starts from a copy of a model's parameters, so that both are the same network; owns the copy, and shares the plain modules.</remarks>
internal sealed class HandWrittenNetwork : IDisposable
{
    private readonly object[] _steps;
    private readonly HandWrittenLayer[] _layers;

    public HandWrittenNetwork(BayesianSequential model)
    {
        _steps = [.. model.children().Select(object (child) => child is BayesianLayer layer ? new HandWrittenLayer(layer) : child)];
        _layers = [.. _steps.OfType<HandWrittenLayer>()];
    }

    public IEnumerable<Parameter> Parameters => _layers.SelectMany(layer => layer.Parameters);

    /// <summary>Returns the number of weights that a draw needs for some rows.</summary>
    public long Weights(long rows) => _layers.Sum(layer => layer.Weights(rows));

    /// <summary>Runs one pass with drawn weights.</summary>
    public Tensor Forward(Tensor input) => Forward(input, (layer, value) => layer.Forward(value));

    /// <summary>Runs one pass in which each layer does as given.</summary>
    public Tensor Forward(Tensor input, Func<HandWrittenLayer, Tensor, Tensor> forward) =>
        _steps.Aggregate(input, (value, step) => Call(step, value, forward));

    /// <summary>Runs a pass with the posterior mean.</summary>
    public Tensor ForwardMean(Tensor input) => Forward(input, (layer, value) => layer.ForwardMean(value));

    /// <summary>Runs S passes one after the other and stacks them: <c>[S, B, …]</c>.</summary>
    public Tensor StackedLoop(Tensor input, int draws) => stack([.. Enumerable.Range(0, draws).Select(_ => Forward(input))]);

    public Tensor KlDivergence() => _layers.Select(layer => layer.KlDivergence()).Aggregate((sum, next) => sum + next);

    /// <summary>Returns the input of every layer in a pass with the posterior mean, for timing the layer's arithmetic alone.</summary>
    public IEnumerable<(HandWrittenLayer Callee, Tensor Input)> LayerCalls(Tensor input) => Calls<HandWrittenLayer>(input);

    /// <summary>Returns the input of every plain module in such a pass.</summary>
    public IEnumerable<(nn.Module<Tensor, Tensor> Callee, Tensor Input)> PlainCalls(Tensor input) => Calls<nn.Module<Tensor, Tensor>>(input);

    public void Dispose()
    {
        foreach (var layer in _layers)
            layer.Dispose();
    }

    private IEnumerable<(T Callee, Tensor Input)> Calls<T>(Tensor input)
    {
        var value = input;
        foreach (var step in _steps)
        {
            if (step is T callee)
                yield return (callee, value);
            value = Call(step, value, (layer, input) => layer.ForwardMean(input));
        }
    }

    private static Tensor Call(object step, Tensor input, Func<HandWrittenLayer, Tensor, Tensor> forward) =>
        step is HandWrittenLayer layer ? forward(layer, input) : ((nn.Module<Tensor, Tensor>)step).call(input);
}
