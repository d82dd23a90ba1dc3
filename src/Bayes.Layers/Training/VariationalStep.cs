using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using Bayes.Layers.Priors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// One step of Bayes by Backprop (Blundell et al. 2015, "Weight Uncertainty in Neural Networks", §3.2, algorithm 1): draw
/// weights, pass a batch, descend the negative ELBO. Computes what the loop of <c>Sample</c>, <see cref="ElboLoss"/>,
/// <c>backward</c> and <c>step</c> computes, from the same noise, with fewer operations.
/// </summary>
/// <remarks>
/// Where all that has a KL divergence is a <see cref="BayesianLayer"/> with an <see cref="IKlGradient"/> prior, and the layers' parameters share a
/// type and a device, the step moves them into one storage, of which they are views from then on: names, shapes, values, saving and loading stay,
/// but, as after <c>.to(...)</c>, the parameters are new objects, so an optimizer of one's own has to be made by the step. The KL divergence then
/// does without autograd; and, where the estimator is <see cref="Reparameterization"/>, autograd goes through the network alone, or is not needed
/// either, if the network is small and fully connected. All of this is chosen by the step (docs/decisions/0020). Move the model with
/// <c>.to(...)</c> before making a step, not after. Freeze parameters before making a step, too. Owns the optimizer, not the model: dispose it. Not
/// to be shared between threads.
/// </remarks>
public sealed class VariationalStep : IDisposable
{
    private readonly BayesianModule _model;
    private readonly ElboLoss _loss;
    private readonly Estimator _estimator;
    private readonly FlatPosterior? _flat;
    private readonly SmallNetwork? _small;
    private readonly Parameter[] _others;
    private readonly OptimizerStep _optimizerStep;
    private bool _disposed;

    /// <summary>A step for a model, with an optimizer over its parameters.</summary>
    /// <param name="model">The model.</param>
    /// <param name="loss">The negative ELBO.</param>
    /// <param name="createOptimizer">
    /// Makes the optimizer: of the parameters that it is given, which are few and flat, or of the model's and the loss's own at that moment
    /// (<c>_ =&gt; optim.Adam(model.parameters())</c>), which can stand in groups with settings of their own.
    /// </param>
    /// <param name="estimator">How to integrate over the posterior; the model's <see cref="BayesianModule.TrainingEstimator"/> by default.</param>
    /// <exception cref="ArgumentException">
    /// The estimator carries no gradient, the model ends in a module that the loss's likelihood is not meant for, or the factory returned null or an
    /// optimizer that lacks parameters.
    /// </exception>
    public VariationalStep(
        BayesianModule model, ElboLoss loss, Func<IEnumerable<Parameter>, optim.Optimizer> createOptimizer, Estimator? estimator = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(createOptimizer);
        LastModule.RequireFits(model, loss.Likelihood);
        _model = model;
        _loss = loss;
        _estimator = estimator is null ? model.TrainingEstimator : BayesianModule.Trainable(estimator);

        var layers = model.BayesianModules().OfType<BayesianLayer>().ToArray();
        var all = model.parameters().Concat(loss.parameters());
        if (FlatPosterior.CanHold(model, layers))
        {
            _flat = new FlatPosterior(model.Variables());
            _small = _estimator is Reparameterization given ? SmallNetwork.TryOf(model, loss, _flat, given) : null;
            var flattened = FlatPosterior.ParametersOf(layers).ToHashSet<Tensor>(ReferenceEqualityComparer.Instance);
            _others = [.. all.Where(parameter => !flattened.Contains(parameter))];
        }
        else
        {
            _others = [.. all];
        }

        Gradients = new StepGradients(_flat, _others);
        Work = new StepWork(model, _estimator.Samples);
        try
        {
            Optimizer = createOptimizer([.. Parameters])
                ?? throw new ArgumentException(
                    "createOptimizer returned null; expected an optimizer of the parameters it is given.", nameof(createOptimizer));
            OptimizerParameters.RequireAll(Optimizer, _flat, _others);
        }
        catch
        {
            _flat?.Dispose();
            throw;
        }
        _optimizerStep = new OptimizerStep(Optimizer);
    }

    /// <summary>The optimizer, for a learning-rate schedule.</summary>
    public optim.Optimizer Optimizer { get; }

    /// <summary>Whether the fast path is taken.</summary>
    public bool IsFast => _flat is not null && _estimator is Reparameterization;

    /// <summary>Whether the last pass and its gradient were computed in managed code.</summary>
    internal bool IsManaged { get; private set; }

    /// <summary>The gradients that <c>ComputeGradients</c> leaves.</summary>
    internal StepGradients Gradients { get; }

    /// <summary>How much a pass computes.</summary>
    internal StepWork Work { get; }

    /// <summary>What the optimizer was made for.</summary>
    internal IReadOnlyList<Parameter> Parameters => _flat is null ? _others : [_flat.Mean, _flat.LogVariance, .. _others];

    /// <summary>Makes one step on a batch.</summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="target"><c>[B, …]</c>.</param>
    /// <param name="klFactor">A further factor of the KL divergence for this step, as a schedule gives it; at least 0.</param>
    /// <returns>The loss before the step, in its parts, without gradient; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">Input or target do not fit; no parameter has changed.</exception>
    /// <exception cref="InvalidOperationException">The parameters were replaced after the step was made, or batch normalization meets one
    /// row.</exception>
    public ElboTerms Run(Tensor input, Tensor target, double klFactor = 1)
    {
        using var scope = NewDisposeScope();
        var terms = ComputeGradients(input, target, klFactor);
        ApplyGradients();
        return terms.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The first half of <see cref="Run"/>: leaves the gradients at the parameters, where they can be looked at and scaled;
    /// <see cref="ApplyGradients"/> is the second. Without it no parameter changes, and the next call starts anew.
    /// </summary>
    /// <inheritdoc cref="Run"/>
    public ElboTerms ComputeGradients(Tensor input, Tensor target, double klFactor = 1)
    {
        if (TryComputeSmall(input, target, klFactor) is { } numbers)
            return Terms(numbers, klFactor);
        using var scope = NewDisposeScope();
        return ByAutograd(input, target, klFactor).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// <see cref="ComputeGradients(Tensor, Tensor, double)"/> of a large batch that is given in parts, one after the other in memory: the mean over
    /// the rows of all parts, and the KL divergence once. Each part draws weights of its own.
    /// </summary>
    /// <param name="batches">The parts, <c>[B, …]</c> each, of any sizes; at least one.</param>
    /// <param name="klFactor">A further factor of the KL divergence for this step, as a schedule gives it; at least 0.</param>
    /// <returns>The loss of the large batch before the step, in its parts, without gradient; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">There is no part, or an input or a target does not fit; no parameter has changed.</exception>
    /// <exception cref="InvalidOperationException">The parameters were replaced after the step was made, or batch normalization meets one
    /// row.</exception>
    public ElboTerms ComputeGradients(IReadOnlyList<(Tensor Input, Tensor Target)> batches, double klFactor = 1)
    {
        ArgumentNullException.ThrowIfNull(batches);
        if (batches.Count == 0)
            throw new ArgumentException("There are 0 batches; expected at least one.", nameof(batches));
        using var gradients = new JoinedGradients(this);
        StepNumbers numbers = default;
        for (int i = 0; i < batches.Count; i++)
            numbers = gradients.Add(batches[i].Input, batches[i].Target, klFactor, isLast: i == batches.Count - 1);
        return Terms(numbers, klFactor);
    }

    /// <summary><see cref="ComputeGradients(Tensor, Tensor, double)"/>, with numbers in place of tensors.</summary>
    internal StepNumbers ComputeNumbers(Tensor input, Tensor target, double klFactor)
    {
        if (TryComputeSmall(input, target, klFactor) is { } numbers)
            return numbers;
        using var scope = NewDisposeScope();
        return new StepNumbers(ByAutograd(input, target, klFactor));
    }

    /// <summary>
    /// The second half of <see cref="Run"/>: steps the optimizer along the gradients. Does what <c>Optimizer.step()</c> does; where the optimizer is torch's
    /// Adam or AdamW and the parameters are on the CPU in single or double precision, in one pass over the numbers.
    /// </summary>
    public void ApplyGradients()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _optimizerStep.Step(Gradients.Of);
    }

    /// <summary>
    /// The Euclidean norm of the gradients of all parameters together, as <c>ComputeGradients</c> left them; not finite where one is not.
    /// </summary>
    public double GradientNorm()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Gradients.Norm();
    }

    /// <summary>Multiplies the gradients of all parameters, as <c>ComputeGradients</c> left them.</summary>
    /// <param name="factor">The factor; finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not finite.</exception>
    public void ScaleGradients(double factor)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Require.Finite(factor);
        Gradients.Scale(factor);
    }

    /// <summary>Frees the optimizer and the flat storage's own tensors; the model goes on.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Optimizer.Dispose();
        _flat?.Dispose();
    }

    // Clears the gradients, too, and so comes first in any case.
    private StepNumbers? TryComputeSmall(Tensor input, Tensor target, double klFactor)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        double klWeight = _loss.KlWeightOf(klFactor, _flat?.Mean.dtype ?? ScalarType.Float64);
        foreach (var parameter in _others)
        {
            if (parameter.IsInvalid)
                throw ParametersReplaced();
            parameter.grad = null;
        }
        var computed = _small?.TryCompute(input, target, klWeight);
        IsManaged = computed is not null;
        if (computed is not { } found)
            return null;
        return new StepNumbers(found.NegativeLogLikelihood + klWeight * found.KlDivergence, found.NegativeLogLikelihood, found.KlDivergence, klWeight * _loss.DatasetSize);
    }

    private ElboTerms Terms(StepNumbers numbers, double klFactor)
    {
        using var scope = NewDisposeScope();
        using Scalar negativeLogLikelihood = numbers.NegativeLogLikelihood, divergence = numbers.KlDivergence;
        var dtype = _flat?.Mean.dtype ?? ScalarType.Float64;
        return _loss.Terms(full([], negativeLogLikelihood, dtype), full([], divergence, dtype), klFactor).MoveToOuterDisposeScope();
    }

    private ElboTerms ByAutograd(Tensor input, Tensor target, double klFactor)
    {
        using var threads = TorchThreads.ForWork(Work.Products(input));
        using var watch = BatchNormalization.Watch(_model, input.ndim == 0 ? 0 : input.shape[0]);
        return _flat is null ? Plain(input, target, klFactor)
            : _estimator is Reparameterization given ? Fast(_flat, given, input, target, klFactor)
            : ByEstimator(_flat, input, target, klFactor);
    }

    private ElboTerms Plain(Tensor input, Tensor target, double klFactor)
    {
        var (output, divergence) = _model.SampleWithKl(input, _estimator);
        using var terms = _loss.Evaluate(output, target, divergence, klFactor);
        RequireGradient(terms.NegativeLogLikelihood);
        terms.Total.backward();
        return _loss.Terms(terms.NegativeLogLikelihood.detach(), terms.KlDivergence.detach(), klFactor);
    }

    // Autograd goes through the estimator to mu and log_var; the KL divergence does without it.
    private ElboTerms ByEstimator(FlatPosterior flat, Tensor input, Tensor target, double klFactor)
    {
        using (no_grad())
        {
            flat.Begin();
            flat.Gradient.zero_();
        }

        var negativeLogLikelihood = _loss.NegativeLogLikelihood(_model.Sample(input, _estimator), target);
        RequireGradient(negativeLogLikelihood);
        negativeLogLikelihood.backward();

        using var noGrad = no_grad();
        return _loss.Terms(negativeLogLikelihood.detach(), flat.AddKl(_loss.KlWeight * klFactor), klFactor);
    }

    private ElboTerms Fast(FlatPosterior flat, Reparameterization given, Tensor input, Tensor target, double klFactor)
    {
        using (no_grad())
        {
            flat.Begin();
        }

        using var pass = new LeafReparameterization(given.Noise, given.Samples, flat);
        var negativeLogLikelihood = _loss.NegativeLogLikelihood(_model.Sample(input, pass), target);
        RequireGradient(negativeLogLikelihood);
        negativeLogLikelihood.backward();

        using var noGrad = no_grad();
        return _loss.Terms(negativeLogLikelihood.detach(), flat.End(_loss.KlWeight * klFactor), klFactor);
    }

    /// <summary>
    /// Determines, without looking at the numbers, whether <see cref="ApplyGradients"/> leaves parameters and optimizer finite. False if it cannot
    /// be known.
    /// </summary>
    /// <param name="gradientNorm">The gradients' norm.</param>
    internal bool LeavesFinite(double gradientNorm) => _optimizerStep.IsSurelyFinite(gradientNorm);

    internal static InvalidOperationException ParametersReplaced() => new(
        "The model's parameters were replaced after this step was made, as .to(...) does; make a new VariationalStep after moving the model.");

    private static void RequireGradient(Tensor negativeLogLikelihood)
    {
        if (!negativeLogLikelihood.requires_grad)
            throw new InvalidOperationException(
                "The likelihood has no gradient, so nothing would be learned from the data: do not run a step under no_grad.");
    }
}
