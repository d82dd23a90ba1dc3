using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// <see cref="Ivon"/> under the trainer. The gradient of a log variance is the place of the Hessian's estimate, so that the trainer joins, scales
/// and clears both together. Parameters of the likelihood are stepped by Adam.
/// </summary>
/// <remarks>Owns the optimizer, not the state, the model and the loss.</remarks>
internal sealed class IvonStep : TrainingStep
{
    private readonly WeightSpaceModule _model;
    private readonly IvonState _state;
    private readonly Tensor[] _logVariances;
    private readonly Parameter _carrier = new(zeros(1));
    private readonly OptimizerStep _ofLikelihood;
    private readonly OptimizerMemory _memory;
    private readonly double[] _fullLearningRates;
    private bool _isPrepared;

    /// <summary>Creates a step.</summary>
    public IvonStep(WeightSpaceModule model, ElboLoss loss, IvonState state, IvonOptions options) : base(model, loss)
    {
        (_model, _state) = (model, state);
        _logVariances = [.. model.Posteriors().Select(
            posterior => posterior.Parameters.Single(each => each.Name == MeanFieldNormal.LogVarianceName).Value)];
        _carrier.Owned();
        // The first group carries the learning rate for schedules; its number never has a gradient.
        Adam.ParamGroup[] groups = [new([_carrier], options.LearningRate), new(loss.parameters(), options.Training.LearningRate)];
        Optimizer = optim.Adam(groups.Where(group => group.Parameters.Any()), options.LearningRate);
        (_ofLikelihood, _memory) = (new OptimizerStep(Optimizer), OptimizerMemory.TryOf(Optimizer)!);
        _fullLearningRates = [.. Optimizer.ParamGroups.Select(group => group.LearningRate)];
    }

    /// <inheritdoc/>
    public override optim.Optimizer Optimizer { get; }

    /// <inheritdoc/>
    public override NoiseSource? Noise => _state.Settings.Noise;

    /// <inheritdoc/>
    public override double LearningRate => Optimizer.ParamGroups.First().LearningRate;

    /// <inheritdoc/>
    public override double LearningRateShare
    {
        set
        {
            foreach (var (group, full) in Optimizer.ParamGroups.Zip(_fullLearningRates))
                group.LearningRate = value * full;
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor>? Memory
    {
        get
        {
            var memory = _memory.ByName();
            foreach (var weights in _state.Weights)
            {
                memory.Add($"hessian.{weights.Parameter.Name}", weights.Hessian);
                memory.Add($"momentum.{weights.Parameter.Name}", weights.Momentum);
            }
            memory.Add("ivon.steps", tensor(_state.StepCount, ScalarType.Int64));
            return memory;
        }
    }

    /// <inheritdoc/>
    public override void Remember(IReadOnlyDictionary<string, Tensor> memory)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _memory.Remember(memory);
        foreach (var weights in _state.Weights)
        {
            weights.Hessian.copy_(memory[$"hessian.{weights.Parameter.Name}"]);
            weights.Momentum.copy_(memory[$"momentum.{weights.Parameter.Name}"]);
        }
        _state.StepCount = memory["ivon.steps"].ReadInt64();
    }

    /// <inheritdoc/>
    public override StepLoss Differentiate(NetworkInput input, Tensor target, double klFactor)
    {
        using var scope = NewDisposeScope();
        input.RequireBatch();
        _isPrepared = false;
        using var watch = BatchNormalization.Watch(_model, input.Rows);
        double negativeLogLikelihood;
        lock (_model.Gate)
        {
            negativeLogLikelihood = _state.Differentiate(() => Loss.NegativeLogLikelihood(Output(input).unsqueeze(0), target));
            foreach (var (weights, logVariance) in _state.Weights.Zip(_logVariances))
                (weights.Value.grad, logVariance.grad) = Typed(weights.Estimates(), logVariance.dtype);
        }
        double divergence = KlDivergence();
        return new(
            negativeLogLikelihood + Loss.KlWeight * klFactor * divergence, negativeLogLikelihood, divergence, Loss.Beta * klFactor);
    }

    /// <summary>Computes the norm of the gradients of weights and likelihood; not finite if an estimate of the Hessian is not.</summary>
    public override double GradientNorm()
    {
        double ofHessian = Gradients.SquareOf(_logVariances.Select(each => each.grad));
        return double.IsFinite(ofHessian)
            ? Math.Sqrt(Gradients.SquareOf(OfWeightsAndLikelihood())) : double.NaN;
    }

    /// <summary>Multiplies the gradients of weights and likelihood, and not the estimates of the Hessian, which a limit would bias.</summary>
    /// <inheritdoc/>
    public override void ScaleGradients(double factor) => Gradients.Scale(OfWeightsAndLikelihood(), Require.Finite(factor));

    /// <summary>Computes where the step leads, so that nothing has to be copied and put back.</summary>
    /// <inheritdoc/>
    public override bool LeavesFinite(double gradientNorm)
    {
        _isPrepared = true;
        return Prepare() & _ofLikelihood.IsSurelyFinite(gradientNorm);
    }

    /// <inheritdoc/>
    public override void ApplyGradients()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        if (!_isPrepared)
            Prepare();
        _isPrepared = false;
        _state.Commit();
        foreach (var (weights, logVariance) in _state.Weights.Zip(_logVariances))
            logVariance.copy_(weights.LogVariance());
        _ofLikelihood.Step(parameter => parameter.grad);
    }

    /// <summary>Frees the optimizer.</summary>
    public override void Dispose()
    {
        base.Dispose();
        Optimizer.Dispose();
        _carrier.Dispose();
    }

    private IEnumerable<Tensor?> OfWeightsAndLikelihood() =>
        _state.Weights.Select(each => each.Value.grad).Concat(Loss.parameters().Select(each => each.grad));

    // A copy, since a network that works in place would change the input of the next draw.
    private Tensor Output(NetworkInput input) => NetworkCall.RequireRows(
        _model.Network, NetworkCall.Of(_model.Network, [.. input.Clone().Tensors]), input.Rows);

    private bool Prepare() => _state.Prepare(
        [.. _state.Weights.Zip(_logVariances, (weights, logVariance) => (weights.Value.grad!, logVariance.grad!))], LearningRate);

    // KL(q ‖ p) = ½ Σ (λ δ (σ² + m²) − log σ² − 1 − log(λ δ)).
    private double KlDivergence()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        double precision = _state.Settings.PriorPrecision, logPrecision = Math.Log(precision);
        var sums = _state.Weights.Zip(_logVariances, (weights, logVariance) => (
            Count: logVariance.numel(), Log: logVariance.sum(ScalarType.Float64), Variance: logVariance.exp().sum(ScalarType.Float64),
            Norm: weights.Value.norm())).ToArray();
        double divergence = 0;
        foreach (var (count, log, variance, norm) in sums)
        {
            double length = norm.ReadDouble();
            divergence += 0.5 * (precision * (variance.ReadDouble() + length * length) - log.ReadDouble() - count * (1 + logPrecision));
        }
        return divergence;
    }

    private static (Tensor Gradient, Tensor Hessian) Typed((Tensor Gradient, Tensor Hessian) estimates, ScalarType type) =>
        (estimates.Gradient.to(type), estimates.Hessian.to(type));
}
