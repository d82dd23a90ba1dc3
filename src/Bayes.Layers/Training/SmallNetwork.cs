using System.Numerics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Kernels;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Passes batches through a small fully connected network and back in managed code: torch's operations and autograd's nodes cost many times the
/// arithmetic. The results are those of autograd with the same noise, up to rounding.
/// </summary>
/// <remarks>
/// Used if <see cref="SmallParts{T}"/> has all parts of the model, without hooks; the likelihood is an <see cref="IOutputGradient"/>; parameters,
/// input and target are on the CPU, in single or double precision; and rows times draws times weights are few. If the input or target of a step does
/// not allow it, autograd computes that step.
/// </remarks>
internal sealed class SmallNetwork<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly IOutputGradient _likelihood;
    private readonly FlatPosterior _flat;
    private readonly ManagedArithmetic<T> _arithmetic;
    private readonly NoiseSource _noise;
    private readonly int _samples;
    private readonly SmallChain<T> _chain;
    private readonly int _inputSize;
    private readonly long _products;
    private readonly long _mostProducts;
    private T[] _gradient = [];

    private SmallNetwork(
        SmallChain<T> chain, int inputSize, IOutputGradient likelihood, FlatPosterior flat, ManagedArithmetic<T> arithmetic,
        SamplingEstimator estimator, long mostProducts)
    {
        (_likelihood, _flat, _arithmetic, _noise, _samples) = (likelihood, flat, arithmetic, estimator.Noise, estimator.Samples);
        _mostProducts = mostProducts;
        (_chain, _inputSize, _products) = (chain, inputSize, chain.Products * estimator.Samples);
    }

    /// <summary>Returns the network of a model; null if the model or the likelihood is of another kind.</summary>
    public static SmallNetwork<T>? TryOf(
        StepContext context, FlatPosterior flat, ManagedArithmetic<T> arithmetic, SamplingEstimator estimator, SmallLayers<T> layers) =>
        context.Loss.Likelihood is IOutputGradient likelihood && new SmallParts<T>(layers).TryChain(context.Model) is var (chain, inputSize)
            ? new SmallNetwork<T>(chain, inputSize, likelihood, flat, arithmetic, estimator, layers.MostProducts)
            : null;

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
        if (input.ndim != 2 || input.size(1) != _inputSize || input.size(0) is var rows && (rows == 0 || rows > _mostProducts / _products)
            || !input.IsPlain(dtype) || input.requires_grad || !is_grad_enabled()
            || !_likelihood.Takes(target, (int)rows, _chain.Width, dtype) || !_chain.IsPossible)
            return null;
        using var scope = NewDisposeScope();
        _flat.RequireViews();
        _arithmetic.Begin();
        _chain.Draw(new SmallPass<T>(_arithmetic, _samples, (int)rows, _noise));
        int count = (int)rows * _chain.Width;
        if (_gradient.Length < count)
            _gradient = new T[count];
        var gradient = _gradient.AsSpan(0, count);
        T share = T.One / T.CreateTruncating((double)rows * _samples);
        var learnedGradient = new double[_likelihood.LearnedCount];
        double sum = 0;
        var values = input.AsSpan<T>();
        for (int sample = 0; sample < _samples; sample++)
        {
            var output = _chain.Forward(sample, values, (int)rows);
            sum += _likelihood.NegativeLogProbability(output, _chain.Width, target, [], gradient, learnedGradient);
            foreach (ref T each in gradient)
                each *= share;
            // The gradient of the network's input is not needed.
            _chain.Backward(sample, values, gradient, [], (int)rows);
        }
        GC.KeepAlive(input);
        _chain.End();
        if (learnedGradient.Length > 0)
            using (no_grad())
                _likelihood.AddLearnedGradient(learnedGradient, 1 / ((double)rows * _samples));
        // A number that the type cannot hold is infinite, as on the plain path.
        double negativeLogLikelihood = double.CreateTruncating(T.CreateTruncating(sum / (rows * _samples)));
        return (negativeLogLikelihood, _arithmetic.EndDirectly(klWeight));
    }
}
