using System.Numerics;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>A step of Adam or AdamW for one parameter.</summary>
internal abstract class AdamUpdate(Parameter parameter)
{
    /// <summary>Gets the parameter.</summary>
    public Parameter Parameter { get; } = parameter;

    /// <summary>Prepares a step along a gradient, without changing anything. Returns false if managed code cannot make the step.</summary>
    /// <param name="gradient">The gradient, which has to live until the step is made; null to leave the parameter as it is.</param>
    public abstract bool TryPrepare(Tensor? gradient);

    /// <summary>
    /// Determines, without reading the numbers, whether the next step leaves the parameter and the optimizer's means finite. Returns false if this
    /// cannot be known. Call it once before each step.
    /// </summary>
    /// <param name="gradientNorm">The Euclidean norm of all gradients.</param>
    public abstract bool IsSurelyFinite(double gradientNorm);

    /// <summary>Makes the step.</summary>
    public abstract void Make();
}

/// <inheritdoc/>
internal sealed class AdamUpdate<T>(Parameter parameter, IAdamState state) : AdamUpdate(parameter) where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly ScalarType Type = typeof(T) == typeof(double) ? ScalarType.Float64 : ScalarType.Float32;

    private readonly TensorMemoryCache<T> _values = new();
    private readonly TensorMemoryCache<T> _slopes = new();
    private readonly TensorMemoryCache<T> _means = new();
    private readonly TensorMemoryCache<T> _squares = new();
    private readonly double _limit = Type.Largest();
    private readonly bool _isOfType = parameter.dtype == Type;
    private AdamLoop<T>? _next;
    private double _largest = double.NaN;

    /// <inheritdoc/>
    public override bool IsSurelyFinite(double gradientNorm)
    {
        if (!_isOfType)
            return false;
        if (!(_largest < _limit))
            _largest = Finiteness.Largest(Parameter);
        var settings = state.Settings;
        double gradient = gradientNorm + settings.Pull * _largest;
        _largest = _largest * Math.Max(1, Math.Abs(settings.Kept)) + settings.LargestMove;
        return _largest < _limit && gradient * gradient < _limit;
    }

    /// <inheritdoc/>
    public override bool TryPrepare(Tensor? gradient)
    {
        _next = null;
        if (gradient is null)
            return true;
        if (!_values.TryLookUp(Parameter, Type) || !_slopes.TryLookUp(gradient, Type)
            || !_means.TryLookUp(state.Mean, Type) || !_squares.TryLookUp(state.Square, Type))
            return false;
        var settings = state.Settings;
        if (settings.KeepsLargest)
            return false;
        _next = new AdamLoop<T>(settings, state.Steps + 1, _values.Memory, _slopes.Memory, _means.Memory, _squares.Memory);
        return true;
    }

    /// <inheritdoc/>
    public override void Make()
    {
        if (_next is not { } loop)
            return;
        state.Steps++;
        Blocks.Sum(loop.Length, loop);
        GC.KeepAlive(this);
    }
}

/// <summary>The state that torch's Adam and AdamW keep for one parameter, and their current settings.</summary>
internal interface IAdamState
{
    /// <summary>Gets the running mean of gradients.</summary>
    Tensor Mean { get; }

    /// <summary>Gets the running mean of squared gradients.</summary>
    Tensor Square { get; }

    /// <summary>Gets or sets the number of steps made so far.</summary>
    long Steps { get; set; }

    /// <summary>Gets the settings of the optimizer.</summary>
    AdamSettings Settings { get; }
}

/// <summary>
/// The state of <see cref="AdamW"/>, which shrinks weights by a share of themselves (Loshchilov &amp; Hutter 2019, "Decoupled Weight Decay
/// Regularization").
/// </summary>
internal sealed class AdamWState(AdamW.State state, AdamW.Options options) : IAdamState
{
    public Tensor Mean => state.exp_avg;

    public Tensor Square => state.exp_avg_sq;

    public long Steps
    {
        get => state.step;
        set => state.step = value;
    }

    public AdamSettings Settings =>
        new(options.LearningRate!.Value, options.beta1!.Value, options.beta2!.Value, options.eps!.Value, options.maximize!.Value,
            options.amsgrad!.Value)
        {
            Kept = 1 - options.LearningRate.Value * options.weight_decay!.Value,
        };
}

/// <summary>The state of <see cref="Adam"/>, which adds the decay of weights to the gradient.</summary>
internal sealed class AdamState(Adam.State state, Adam.Options options) : IAdamState
{
    public Tensor Mean => state.exp_avg;

    public Tensor Square => state.exp_avg_sq;

    public long Steps
    {
        get => state.step;
        set => state.step = value;
    }

    public AdamSettings Settings =>
        new(options.LearningRate!.Value, options.beta1!.Value, options.beta2!.Value, options.eps!.Value, options.maximize!.Value,
            options.amsgrad!.Value)
        {
            Pull = options.weight_decay!.Value,
        };
}
