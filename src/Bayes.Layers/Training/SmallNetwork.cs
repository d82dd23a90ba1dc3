using System.Numerics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Kernels;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Passes batches through a small fully connected network and back in managed code: torch's operations and autograd's nodes cost many times the
/// arithmetic. The results are those of autograd with the same noise, up to rounding.
/// </summary>
/// <remarks>
/// Used if the model consists of <see cref="BayesianLinear"/> and modules whose <see cref="ElementFunction"/> has a slope, one after the other in
/// <see cref="BayesianSequential"/>, without hooks; the likelihood is an <see cref="IOutputGradient"/>; parameters, input and target are on the CPU,
/// in single or double precision; and rows times draws times weights are few. If the input or target of a step does not allow it, autograd computes
/// that step.
/// </remarks>
internal sealed class SmallNetwork<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    // Torch is faster above this number of products in a pass. Each output of a row counts as some products.
    private const long MostProducts = 1 << 18;
    private const long ProductsOfOutput = 64;

    private readonly IOutputGradient _likelihood;
    private readonly FlatPosterior _flat;
    private readonly ManagedArithmetic<T> _arithmetic;
    private readonly NoiseSource _noise;
    private readonly int _samples;
    private readonly nn.Module<Tensor, Tensor>[] _functions;
    private readonly Step[] _steps;
    private readonly SmallLayer<T>[] _layers;
    private readonly int _inputSize;
    private readonly int _outputSize;
    private readonly int _widest;
    private readonly long _products;
    private T[] _gradient = [];
    private T[] _otherGradient = [];

    private SmallNetwork(
        IReadOnlyList<nn.Module<Tensor, Tensor>> modules, IOutputGradient likelihood, FlatPosterior flat, ManagedArithmetic<T> arithmetic,
        Reparameterization estimator)
    {
        (_likelihood, _flat, _arithmetic, _noise, _samples) = (likelihood, flat, arithmetic, estimator.Noise, estimator.Samples);
        _functions = [.. modules.Where(module => module is not BayesianModule)];
        _inputSize = (int)((BayesianLinear)modules[0]).InputSize;
        // A layer that is used several times is one variable: it is drawn once in a pass.
        var layers = modules.OfType<BayesianLinear>().Distinct().ToDictionary(linear => linear, linear => Use(linear, flat));
        _layers = [.. layers.Values];
        int width = 0;
        _steps = [.. modules.Select(module =>
        {
            var layer = module is BayesianLinear linear ? layers[linear] : null;
            width = layer?.OutputSize ?? width;
            return new Step(layer, layer is null ? KnownModules.FunctionOf(module)?.Slope : null, width);
        })];
        _outputSize = width;
        _widest = _steps.Max(step => step.Width);
        _products = _steps.Sum(step => step.Layer is { } layer ? layer.Products + ProductsOfOutput * layer.OutputSize : 0) * _samples;
    }

    /// <summary>Returns the network of a model; null if the model or the likelihood is of another kind.</summary>
    public static SmallNetwork<T>? TryOf(StepContext context, FlatPosterior flat, ManagedArithmetic<T> arithmetic, Reparameterization estimator)
    {
        var modules = new List<nn.Module<Tensor, Tensor>>();
        if (context.Loss.Likelihood is not IOutputGradient likelihood || !TryFlatten(context.Model, modules)
            || modules.FirstOrDefault() is not BayesianLinear first)
            return null;
        long width = first.InputSize;
        foreach (var layer in modules.OfType<BayesianLinear>())
        {
            if (layer.InputSize != width)
                return null;
            width = layer.OutputSize;
        }
        return new SmallNetwork<T>(modules, likelihood, flat, arithmetic, estimator);
    }

    /// <summary>Leaves the gradients of <c>NLL + klWeight · KL</c> at the flat parameters.</summary>
    /// <param name="input"><c>[B, in]</c>.</param>
    /// <param name="target">The target, in the shape that the likelihood takes.</param>
    /// <param name="klWeight">The factor of the KL divergence.</param>
    /// <returns>
    /// The mean of −log p(y | f) over batch and draws, and KL(q ‖ p). Null, without side effects, if autograd must compute this step.
    /// </returns>
    /// <exception cref="InvalidOperationException">A layer's parameter was replaced or frozen after the step was made.</exception>
    public (double NegativeLogLikelihood, double KlDivergence)? TryCompute(Tensor input, Tensor target, double klWeight)
    {
        var dtype = _flat.Mean.dtype;
        if (input.ndim != 2 || input.size(1) != _inputSize || input.size(0) is var rows && (rows == 0 || rows > MostProducts / _products)
            || !input.IsPlain(dtype) || input.requires_grad || !is_grad_enabled()
            || !_likelihood.Takes(target, (int)rows, _outputSize, dtype) || !_functions.All(ModuleHooks.HasNone))
            return null;
        _flat.RequireViews();
        _arithmetic.Begin();
        foreach (var layer in _layers)
            layer.Draw(_arithmetic, _samples, _noise);
        EnsureRoom((int)rows);
        double sum = 0;
        var values = input.AsSpan<T>();
        for (int sample = 0; sample < _samples; sample++)
        {
            var output = Forward(sample, values, (int)rows);
            sum += _likelihood.NegativeLogProbability(output, _outputSize, target, _gradient.AsSpan(0, output.Length));
            Backward(sample, values, (int)rows);
        }
        GC.KeepAlive(input);
        return (sum / (rows * _samples), _arithmetic.EndDirectly(klWeight));
    }

    private ReadOnlySpan<T> Forward(int sample, ReadOnlySpan<T> input, int rows)
    {
        var values = input;
        foreach (var step in _steps)
        {
            var results = step.Values.AsSpan(0, rows * step.Width);
            if (step.Layer is { } layer)
                layer.Forward(sample, values, results);
            else
                step.Function!.Apply(values, results);
            values = results;
        }
        return values;
    }

    private void Backward(int sample, ReadOnlySpan<T> input, int rows)
    {
        T[] gradient = _gradient, room = _otherGradient;
        T share = T.One / T.CreateTruncating((double)rows * _samples);
        foreach (ref T each in gradient.AsSpan(0, rows * _outputSize))
            each *= share;
        for (int i = _steps.Length - 1; i >= 0; i--)
        {
            var step = _steps[i];
            int count = rows * step.Width;
            if (step.Function is { } function)
            {
                function.MultiplySlope<T>(step.Values.AsSpan(0, count), gradient.AsSpan(0, count));
                continue;
            }
            // The gradient of the network's input is not needed.
            int inputCount = i == 0 ? 0 : rows * _steps[i - 1].Width;
            var values = i == 0 ? input : _steps[i - 1].Values.AsSpan(0, inputCount);
            step.Layer!.Backward(sample, values, gradient.AsSpan(0, count), room.AsSpan(0, inputCount));
            (gradient, room) = (room, gradient);
        }
    }

    private void EnsureRoom(int rows)
    {
        if (_gradient.Length >= rows * _widest)
            return;
        _gradient = new T[rows * _widest];
        _otherGradient = new T[rows * _widest];
        foreach (var step in _steps)
            step.Values = new T[rows * step.Width];
    }

    /// <summary>Lists the modules in the order of a pass. Returns false if one of them is not supported.</summary>
    private static bool TryFlatten(nn.Module<Tensor, Tensor> module, List<nn.Module<Tensor, Tensor>> modules)
    {
        if (module is BayesianSequential sequence)
            return sequence.Walk().All(step => TryFlatten(step, modules));
        modules.Add(module);
        return module is BayesianLinear || KnownModules.FunctionOf(module)?.Slope is not null;
    }

    private static SmallLayer<T> Use(BayesianLinear layer, FlatPosterior flat) =>
        new((int)layer.InputSize, (int)layer.OutputSize, flat.Find(layer.WeightPosterior), layer.BiasPosterior is { } bias ? flat.Find(bias) : null);

    /// <summary>A layer or a function, with its output.</summary>
    private sealed class Step(SmallLayer<T>? layer, SlopeLoop? function, int width)
    {
        public SmallLayer<T>? Layer { get; } = layer;

        public SlopeLoop? Function { get; } = function;

        public int Width { get; } = width;

        public T[] Values { get; set; } = [];
    }
}
