using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// One parameter of a network under <see cref="Ivon"/>: between steps the parameter is the posterior's mean; during a draw it is the drawn weight.
/// </summary>
/// <remarks>Owns its tensors, not the parameter; dispose it.</remarks>
internal sealed class IvonWeights : IDisposable
{
    private readonly IvonSettings _settings;
    private readonly ScalarType _type;
    private readonly Tensor _mean;
    private Tensor _hessian;
    private Tensor _momentum;
    private Tensor? _deviation;
    private Tensor? _gradient;
    private Tensor? _product;
    private (Tensor Mean, Tensor Hessian, Tensor Momentum)? _next;
    private bool _isDrawn;

    /// <summary>Creates the state of a parameter at the start of a training.</summary>
    public IvonWeights(NetworkParameter parameter, long? fixedRow, IvonSettings settings)
    {
        (Parameter, FixedRow, _settings) = (parameter, fixedRow, settings);
        _type = Value.dtype.AtLeastSingle();
        using var noGrad = no_grad();
        using Scalar initial = settings.InitialHessian;
        _mean = zeros(Value.shape, _type, Value.device).Owned();
        _momentum = zeros(Value.shape, _type, Value.device).Owned();
        _hessian = full(Value.shape, initial, _type, Value.device).Owned();
    }

    /// <summary>Gets the parameter.</summary>
    public NetworkParameter Parameter { get; }

    /// <summary>Gets the row that is always 0, as that of an embedding's <c>padding_idx</c> is; null if there is none.</summary>
    public long? FixedRow { get; }

    /// <summary>Gets the parameter.</summary>
    public Parameter Value => Parameter.Value;

    /// <summary>Gets h, the running mean of the Hessian's diagonal.</summary>
    public Tensor Hessian => _hessian;

    /// <summary>Gets the running mean of gradients.</summary>
    public Tensor Momentum => _momentum;

    /// <summary>Keeps the mean before the draws of a step.</summary>
    /// <exception cref="InvalidOperationException">The parameter was replaced.</exception>
    public void Begin()
    {
        if (Value.IsInvalid)
            throw ReplacedParameters.Error(nameof(Ivon));
        Discard();
        _mean.copy_(Value);
        Value.grad = null;
        _isDrawn = true;
    }

    /// <summary>Puts w = m + ε / √(λ (h + δ)) into the parameter.</summary>
    /// <param name="isMirrored">Whether the noise is the last one with the opposite sign.</param>
    public void Draw(bool isMirrored)
    {
        using var scope = NewDisposeScope();
        if (isMirrored)
            _deviation!.neg_();
        else
        {
            _deviation?.Dispose();
            var noise = _settings.Noise.StandardNormal([1, .. Value.shape], _type, Value.device)[0];
            _deviation = Precision().rsqrt_().mul_(noise).Owned();
            if (FixedRow is { } row)
                _deviation[row].zero_();
        }
        Value.copy_(_mean.add(_deviation, Scalars.One));
    }

    /// <summary>Takes the gradient at the drawn weight, and its product with the deviation of the weight from the mean.</summary>
    public void Take()
    {
        using var scope = NewDisposeScope();
        if (Value.grad is not { } found)
            return;
        Value.grad = null;
        var gradient = found.detach().to(_type);
        if (_gradient is null)
            (_gradient, _product) = (gradient.Owned(), gradient.mul(_deviation!).Owned());
        else
        {
            _gradient.add_(gradient, Scalars.One);
            _product!.addcmul_(gradient, _deviation!, Scalars.One);
        }
    }

    /// <summary>Puts the mean back.</summary>
    public void Restore()
    {
        if (!_isDrawn)
            return;
        _isDrawn = false;
        Value.copy_(_mean);
        Value.grad = null;
        _deviation?.Dispose();
        _deviation = null;
    }

    /// <summary>
    /// Returns the gradient at the draws, and the Hessian's diagonal by Price's theorem, E[∇²ℓ] = E[∇ℓ (w − m)] λ (h + δ); zeros if the loss does
    /// not depend on the parameter. The caller disposes them.
    /// </summary>
    public (Tensor Gradient, Tensor Hessian) Estimates()
    {
        using var scope = NewDisposeScope();
        var gradient = _gradient is null ? zeros_like(_mean) : _gradient.alias();
        var hessian = _product is null ? zeros_like(_mean) : Precision().mul_(_product);
        Discard();
        return (gradient.MoveToOuterDisposeScope(), hessian.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Computes, without changing anything, where a step leads. Returns a tensor that is true if the mean would be finite, in the caller's scope.
    /// </summary>
    /// <param name="gradient">ĝ, the gradient.</param>
    /// <param name="hessian">ĥ, the estimate of the Hessian.</param>
    /// <param name="learningRate">α.</param>
    /// <param name="step">t, the number of the step, from 1 on.</param>
    public Tensor Prepare(Tensor gradient, Tensor hessian, double learningRate, long step)
    {
        using var scope = NewDisposeScope();
        using Scalar beta1 = _settings.Beta1, rest1 = 1 - _settings.Beta1, rest2 = 1 - _settings.Beta2;
        using Scalar decay = _settings.WeightDecay, bias = 1 / (1 - Math.Pow(_settings.Beta1, step));
        using Scalar rate = -learningRate * (_settings.InitialHessian + _settings.WeightDecay);
        // h ← h + d + ½ d² / (h + δ) with d = (1 − β₂) (ĥ − h): whatever ĥ is, h + δ at least halves, and stays above 0.
        var change = hessian.to(_type).add(_hessian, Scalars.MinusOne).mul_(rest2);
        var curved = _hessian.add(decay, Scalars.One);
        var nextHessian = _hessian.add(change, Scalars.One).addcdiv_(change.mul(change), curved, Scalars.Half);
        var nextMomentum = _momentum.mul(beta1).add_(gradient.to(_type), rest1);
        var direction = nextMomentum.mul(bias).add_(Value.to(_type), decay);
        var nextMean = Value.to(_type).addcdiv(direction, nextHessian.add(decay, Scalars.One), rate);
        Forget();
        _next = (nextMean.Owned(), nextHessian.Owned(), nextMomentum.Owned());
        return nextMean.isfinite().all().MoveToOuterDisposeScope();
    }

    /// <summary>Makes the step that was prepared.</summary>
    public void Commit()
    {
        var next = _next!.Value;
        Value.copy_(next.Mean);
        next.Mean.Dispose();
        _hessian.Dispose();
        _momentum.Dispose();
        (_, _hessian, _momentum) = next;
        _next = null;
    }

    /// <summary>Frees the step that was prepared.</summary>
    public void Forget()
    {
        if (_next is not { } next)
            return;
        next.Mean.Dispose();
        next.Hessian.Dispose();
        next.Momentum.Dispose();
        _next = null;
    }

    /// <summary>Returns log σ² = −log(λ (h + δ)), in the parameter's type, with a fixed row at the prior's. The caller disposes it.</summary>
    public Tensor LogVariance()
    {
        using var scope = NewDisposeScope();
        var value = Precision().log_().neg_();
        if (FixedRow is { } row)
        {
            using Scalar prior = -Math.Log(_settings.PriorPrecision);
            value[row].fill_(prior);
        }
        return value.to(Value.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        Discard();
        _deviation?.Dispose();
        _mean.Dispose();
        _hessian.Dispose();
        _momentum.Dispose();
    }

    // λ (h + δ), a new tensor.
    private Tensor Precision()
    {
        using Scalar size = _settings.EffectiveSampleSize, prior = _settings.PriorPrecision;
        return _hessian.mul(size).add_(prior, Scalars.One);
    }

    private void Discard()
    {
        _gradient?.Dispose();
        _product?.Dispose();
        (_gradient, _product) = (null, null);
    }
}
