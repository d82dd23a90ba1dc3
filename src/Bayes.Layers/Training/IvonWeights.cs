using Bayes.Layers.Kernels;
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
    private readonly IvonArithmetic _arithmetic;
    private readonly ScalarType _type;
    private readonly Tensor _mean;
    private Tensor _hessian;
    private Tensor _momentum;
    // The deviations of a draw, and then the next running mean of gradients.
    private Tensor _deviation;
    // The estimate of the Hessian, and then the next Hessian.
    private Tensor _estimate;
    private Tensor? _gradient;
    private bool _isDrawn;

    /// <summary>Creates the state of a parameter at the start of a training.</summary>
    public IvonWeights(NetworkParameter parameter, long? fixedRow, IvonSettings settings)
    {
        (Parameter, FixedRow, _settings) = (parameter, fixedRow, settings);
        _type = Value.dtype.AtLeastSingle();
        _arithmetic = ArithmeticFor(Value, settings);
        using var noGrad = no_grad();
        using Scalar initial = settings.InitialHessian;
        (_mean, _momentum, _deviation, _estimate) = (Zeros(), Zeros(), Zeros(), Zeros());
        _hessian = Zeros().fill_(initial);
    }

    /// <summary>Gets the parameter in the network.</summary>
    public NetworkParameter Parameter { get; }

    /// <summary>Gets the row that is always 0, as that of an embedding's <c>padding_idx</c> is; null if there is none.</summary>
    public long? FixedRow { get; }

    /// <summary>Gets the parameter.</summary>
    public Parameter Value => Parameter.Value;

    /// <summary>Gets h, the running mean of the Hessian's diagonal.</summary>
    public Tensor Hessian => _hessian;

    /// <summary>Gets the running mean of gradients.</summary>
    public Tensor Momentum => _momentum;

    /// <summary>Returns the arithmetic for a parameter: managed loops if they can read the numbers, and otherwise torch's operations.</summary>
    public static IvonArithmetic ArithmeticFor(Tensor parameter, IvonSettings settings) =>
        !parameter.IsPlain() ? new IvonTensorArithmetic(settings)
        : parameter.dtype == ScalarType.Float64 ? new IvonManagedArithmetic<double>(settings) : new IvonManagedArithmetic<float>(settings);

    /// <summary>Keeps the mean before the draws of a step.</summary>
    /// <exception cref="InvalidOperationException">The parameter was replaced.</exception>
    public void Begin()
    {
        if (Value.IsInvalid)
            throw ReplacedParameters.Error(nameof(Ivon));
        Discard();
        _mean.copy_(Value);
        _estimate.zero_();
        Value.grad = null;
        _isDrawn = true;
    }

    /// <summary>Puts w = m + ε / √(λ (h + δ)) into the parameter.</summary>
    /// <param name="isMirrored">Whether the deviation is the last one with the opposite sign.</param>
    public void Draw(bool isMirrored)
    {
        using var scope = NewDisposeScope();
        if (isMirrored)
        {
            Value.copy_(_mean.add(_deviation.neg_(), Scalars.One));
            return;
        }
        _settings.Noise.Fill(_deviation.unsqueeze(0));
        if (FixedRow is { } row)
            _deviation[row].zero_();
        _arithmetic.Draw(_mean, _hessian, _deviation, Value);
    }

    /// <summary>Takes the share of a draw in the gradient, and adds its product with the deviation to the estimate of the Hessian.</summary>
    public void Take()
    {
        using var scope = NewDisposeScope();
        if (Value.grad is not { } found)
            return;
        Value.grad = null;
        var gradient = found.detach().to(_type);
        _arithmetic.Estimate(_hessian, gradient, _deviation, _estimate, isFirst: _gradient is null);
        if (_gradient is null)
            _gradient = gradient.Owned();
        else
            _gradient.add_(gradient, Scalars.One);
    }

    /// <summary>Puts the mean back.</summary>
    public void Restore()
    {
        if (!_isDrawn)
            return;
        _isDrawn = false;
        Value.copy_(_mean);
        Value.grad = null;
    }

    /// <summary>
    /// Returns the gradient at the draws, and the Hessian's diagonal by Price's theorem, E[∇²ℓ] = E[∇ℓ (w − m)] λ (h + δ); zeros if the loss does
    /// not depend on the parameter. The caller disposes them; they hold until the next step.
    /// </summary>
    public (Tensor Gradient, Tensor Hessian) Estimates()
    {
        var gradient = _gradient is null ? zeros_like(_mean) : _gradient.alias();
        Discard();
        return (gradient, _estimate.alias());
    }

    /// <summary>
    /// Computes where a step leads, without changing mean, h and g. Call it once. Returns 0, or NaN if the mean would not be finite, a scalar in the
    /// caller's scope.
    /// </summary>
    /// <param name="gradient">ĝ, the gradient.</param>
    /// <param name="hessian">ĥ, the estimate of the Hessian.</param>
    /// <param name="learningRate">α.</param>
    /// <param name="step">t, the number of the step, from 1 on.</param>
    public Tensor Prepare(Tensor gradient, Tensor hessian, double learningRate, long step)
    {
        using var scope = NewDisposeScope();
        var factors = new IvonFactors(
            _settings.WeightDecay, _settings.Beta1, _settings.Beta2, 1 / (1 - Math.Pow(_settings.Beta1, step)),
            learningRate * (_settings.InitialHessian + _settings.WeightDecay));
        return _arithmetic.Step(
            factors, gradient.to(_type), hessian.to(_type), (Value.to(_type), _hessian, _momentum), (_mean, _estimate, _deviation))
            .MoveToOuterDisposeScope();
    }

    /// <summary>Makes the step that was prepared.</summary>
    public void Commit()
    {
        Value.copy_(_mean);
        (_hessian, _estimate) = (_estimate, _hessian);
        (_momentum, _deviation) = (_deviation, _momentum);
    }

    /// <summary>Returns log σ² = −log(λ (h + δ)), in the parameter's type, with a fixed row at the prior's. The caller disposes it.</summary>
    public Tensor LogVariance()
    {
        using var scope = NewDisposeScope();
        var value = _settings.Precision(_hessian).log_().neg_();
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
        Discard();
        foreach (var tensor in new[] { _mean, _hessian, _momentum, _deviation, _estimate })
            tensor.Dispose();
    }

    private Tensor Zeros() => zeros(Value.shape, _type, Value.device).Owned();

    private void Discard()
    {
        _gradient?.Dispose();
        _gradient = null;
    }
}
