using System.Runtime.CompilerServices;
using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// A step of Bayes by Backprop (Blundell et al. 2015, "Weight Uncertainty in Neural Networks", §3.2, algorithm 1): draws weights, passes a batch,
/// and descends the negative ELBO. The results are those of <c>Sample</c>, <see cref="ElboLoss"/>, <c>backward</c> and <c>step</c> with the same
/// noise, but need fewer operations.
/// </summary>
/// <remarks>
/// If everything that has a KL divergence is a <see cref="BayesianLayer"/> with an <c>IKlGradient</c> prior, and the layers' parameters share a type
/// and a device, the step moves them into one storage and makes them views of it. Names, shapes, values, saving and loading stay the same. But the
/// parameters are new objects, as after <c>.to(...)</c>, so the step has to create the optimizer. The KL divergence is then computed without
/// autograd. With the estimators of this library that draw noise, autograd goes through the network alone; with <see cref="Reparameterization"/>
/// and <see cref="LocalReparameterization"/> it is not needed at all if the network is small and fully connected. The step chooses all of this
/// (docs/decisions/0020). Move the model with <c>.to(...)</c> and freeze parameters before you make a step, not after. Owns the optimizer, but not
/// the model: dispose it. Do not share it between threads.
/// </remarks>
public sealed class VariationalStep : TrainingStep
{
    private readonly StepContext _context;
    private readonly StepStrategy _strategy;
    private readonly OptimizerStep _optimizerStep;
    private readonly OptimizerMemory? _memory;
    private double[]? _fullLearningRates;
    private bool _disposed;

    /// <summary>Creates a step for a model, with an optimizer over its parameters.</summary>
    /// <param name="model">The model.</param>
    /// <param name="loss">The negative ELBO.</param>
    /// <param name="createOptimizer">
    /// Creates the optimizer from the given parameters, which are few and flat, or from those that the model and the loss have at that moment
    /// (<c>_ =&gt; optim.Adam(model.parameters())</c>), for groups of parameters with their own settings.
    /// </param>
    /// <param name="estimator">How to integrate over the posterior; the model's <see cref="BayesianModule.TrainingEstimator"/> by default.</param>
    /// <exception cref="ArgumentException">
    /// The estimator carries no gradient, the model ends in a module that the loss's likelihood is not meant for, or the factory returned null or an
    /// optimizer that lacks parameters.
    /// </exception>
    public VariationalStep(
        BayesianModule model, ElboLoss loss, Func<IEnumerable<Parameter>, optim.Optimizer> createOptimizer, Estimator? estimator = null)
        : base(model, loss)
    {
        ArgumentNullException.ThrowIfNull(createOptimizer);
        _context = new StepContext(model, loss, estimator is null ? model.TrainingEstimator : BayesianModule.Trainable(estimator));
        _strategy = StepStrategies.For(_context);
        try
        {
            Optimizer = createOptimizer([.. _strategy.Parameters])
                ?? throw new ArgumentException(
                    "createOptimizer returned null; expected an optimizer of the parameters that it is given.", nameof(createOptimizer));
            OptimizerParameters.RequireAll(Optimizer, _strategy);
        }
        catch
        {
            _strategy.Dispose();
            throw;
        }
        (_optimizerStep, _memory) = (new OptimizerStep(Optimizer), OptimizerMemory.TryOf(Optimizer));
    }

    /// <summary>Gets the optimizer, for a schedule of the learning rate.</summary>
    public override optim.Optimizer Optimizer { get; }

    /// <summary>Gets whether the step takes the fast path, on which autograd goes through the network alone.</summary>
    public bool IsFast => _strategy.IsFast;

    /// <summary>Gets whether the last pass and its gradient were computed in managed code.</summary>
    internal bool IsManaged => _strategy.IsManaged;

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => _strategy.Parameters;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor>? Memory => _memory?.ByName();

    /// <inheritdoc/>
    public override NoiseSource? Noise => _context.Estimator.Source;

    /// <inheritdoc/>
    public override double LearningRate => Optimizer.ParamGroups.First().LearningRate;

    /// <inheritdoc/>
    public override double LearningRateShare
    {
        set
        {
            _fullLearningRates ??= [.. Optimizer.ParamGroups.Select(group => group.LearningRate)];
            foreach (var (group, full) in Optimizer.ParamGroups.Zip(_fullLearningRates))
                group.LearningRate = value * full;
        }
    }

    /// <summary>Makes one step on a batch.</summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="target"><c>[B, …]</c>.</param>
    /// <param name="klFactor">A further factor of the KL divergence for this step, for example from a schedule; at least 0.</param>
    /// <returns>The loss before the step and its parts, without gradient; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">Input or target does not fit; no parameter has changed.</exception>
    /// <exception cref="InvalidOperationException">The parameters were replaced after the step was made, or batch normalization meets one
    /// row.</exception>
    public ElboTerms Run(Tensor input, Tensor target, double klFactor = 1) => Run((NetworkInput)input, target, klFactor);

    /// <summary>Makes one step on a batch of one or several inputs.</summary>
    /// <param name="input">The inputs, <c>[B, …]</c> each.</param>
    /// <param name="target"><c>[B, …]</c>.</param>
    /// <param name="klFactor">A further factor of the KL divergence for this step, for example from a schedule; at least 0.</param>
    /// <inheritdoc cref="Run(Tensor, Tensor, double)"/>
    public ElboTerms Run(NetworkInput input, Tensor target, double klFactor = 1)
    {
        using var scope = NewDisposeScope();
        var terms = ComputeGradients(input, target, klFactor);
        ApplyGradients();
        return terms.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Computes the gradients, the first half of <see cref="Run(Tensor, Tensor, double)"/>, and leaves them at the parameters, where you can read
    /// and scale them. The second half is <see cref="ApplyGradients"/>. Without it no parameter changes, and the next call starts again.
    /// </summary>
    /// <inheritdoc cref="Run(Tensor, Tensor, double)"/>
    public ElboTerms ComputeGradients(Tensor input, Tensor target, double klFactor = 1) =>
        ComputeGradients((NetworkInput)input, target, klFactor);

    /// <param name="input">The inputs, <c>[B, …]</c> each.</param>
    /// <param name="target"><c>[B, …]</c>.</param>
    /// <param name="klFactor">A further factor of the KL divergence for this step, for example from a schedule; at least 0.</param>
    /// <inheritdoc cref="ComputeGradients(Tensor, Tensor, double)"/>
    public ElboTerms ComputeGradients(NetworkInput input, Tensor target, double klFactor = 1)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        ClearGradients();
        return _strategy.Compute(input, target, klFactor);
    }

    /// <summary>
    /// Computes the gradients of a large batch like <see cref="ComputeGradients(Tensor, Tensor, double)"/>, but in parts, one at a time in memory:
    /// the mean over the rows of all parts, and the KL divergence once. Each part draws its own weights.
    /// </summary>
    /// <param name="batches">The parts, <c>[B, …]</c> each, of any sizes; at least one.</param>
    /// <param name="klFactor">A further factor of the KL divergence for this step, for example from a schedule; at least 0.</param>
    /// <returns>The loss of the large batch before the step and its parts, without gradient; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">There is no part, or an input or target does not fit; no parameter has changed.</exception>
    /// <exception cref="InvalidOperationException">The parameters were replaced after the step was made, or batch normalization meets one
    /// row.</exception>
    [OverloadResolutionPriority(1)]
    public ElboTerms ComputeGradients(IReadOnlyList<(Tensor Input, Tensor Target)> batches, double klFactor = 1)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return ComputeGradients([.. BatchSource.Single(batches)], klFactor);
    }

    /// <param name="batches">The parts, of one or several inputs, <c>[B, …]</c> each, of any sizes; at least one.</param>
    /// <param name="klFactor">A further factor of the KL divergence for this step, for example from a schedule; at least 0.</param>
    /// <inheritdoc cref="ComputeGradients(IReadOnlyList{ValueTuple{Tensor, Tensor}}, double)"/>
    public ElboTerms ComputeGradients(IReadOnlyList<(NetworkInput Input, Tensor Target)> batches, double klFactor = 1)
    {
        ArgumentNullException.ThrowIfNull(batches);
        if (batches.Count == 0)
            throw new ArgumentException("There are 0 batches; expected at least one.", nameof(batches));
        if (batches is [var (input, target)])
            return ComputeGradients(input, target, klFactor);
        using var gradients = new JoinedGradients(this);
        StepLoss loss = default;
        for (int i = 0; i < batches.Count; i++)
            loss = gradients.Add(batches[i].Input, batches[i].Target, klFactor, isLast: i == batches.Count - 1);
        return _strategy.Terms(loss, klFactor);
    }

    /// <summary>
    /// Steps the optimizer along the gradients, the second half of <see cref="Run(Tensor, Tensor, double)"/>. The effect is that of
    /// <c>Optimizer.step()</c>, but torch's Adam or AdamW, with parameters on the CPU in single or double precision, needs one pass over the
    /// numbers.
    /// </summary>
    public override void ApplyGradients()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _optimizerStep.Step(_strategy.GradientOf);
    }

    /// <summary>
    /// Computes the Euclidean norm of the gradients of all parameters together, as left by <c>ComputeGradients</c>; not finite if one of them is
    /// not.
    /// </summary>
    public override double GradientNorm()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _strategy.GradientNorm();
    }

    /// <summary>Multiplies the gradients of all parameters, as left by <c>ComputeGradients</c>, by a factor.</summary>
    /// <param name="factor">The factor; finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not finite.</exception>
    public override void ScaleGradients(double factor)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _strategy.ScaleGradients(Require.Finite(factor));
    }

    /// <summary>Frees the optimizer and the tensors that belong to the flat storage; the model stays usable.</summary>
    public override void Dispose()
    {
        base.Dispose();
        if (_disposed)
            return;
        _disposed = true;
        Optimizer.Dispose();
        _strategy.Dispose();
    }

    /// <inheritdoc/>
    public override StepLoss Differentiate(NetworkInput input, Tensor target, double klFactor) =>
        _strategy.ComputeNumbers(input, target, klFactor);

    /// <inheritdoc/>
    public override bool LeavesFinite(double gradientNorm) => _optimizerStep.IsSurelyFinite(gradientNorm);

    /// <summary>Estimates the products of a pass; null if managed code computed the last one, which uses no native threads.</summary>
    public override long? Products(NetworkInput input) => IsManaged ? null : _context.Work.Products(input);

    /// <inheritdoc/>
    public override void Remember(IReadOnlyDictionary<string, Tensor> memory) => _memory?.Remember(memory);

    private protected override void ClearGradients()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _strategy.ClearGradients();
    }
}
