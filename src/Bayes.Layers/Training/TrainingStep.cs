using System.Collections.ObjectModel;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// A step of training: computes the gradients of a batch's loss, and changes the parameters along them. A derived class is another way to move a
/// posterior, such as a natural gradient or a sampler.
/// </summary>
/// <remarks>
/// <see cref="VariationalTrainer"/> takes one from <see cref="VariationalTrainerOptions.CreateStep"/> and adds batches, validation, early stopping,
/// schedules, limits of the gradient, refusal of steps that are not finite, history and resuming. The gradients are those that
/// <c>Parameter.grad</c> holds: the trainer clears them before each batch, averages them over the batches of a step, and scales them. Not to be
/// shared between threads. The trainer disposes the step.
/// </remarks>
public abstract class TrainingStep : IDisposable
{
    private readonly Lazy<StepWork> _work;

    /// <summary>Creates a step for a model and a loss.</summary>
    /// <param name="model">The model.</param>
    /// <param name="loss">The negative ELBO.</param>
    /// <exception cref="ArgumentException">The model ends in a module that the loss's likelihood is not meant for.</exception>
    protected TrainingStep(BayesianModule model, ElboLoss loss)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loss);
        LastModule.RequireFits(model, loss.Likelihood);
        (Model, Loss) = (model, loss);
        _work = new(() => new StepWork(model, samples: 1));
    }

    /// <summary>Gets the model.</summary>
    public BayesianModule Model { get; }

    /// <summary>Gets the negative ELBO.</summary>
    public ElboLoss Loss { get; }

    /// <summary>
    /// Gets the parameters that <see cref="ApplyGradients"/> changes; by default all of the model and the loss that are not frozen.
    /// </summary>
    public virtual IReadOnlyList<Parameter> Parameters =>
        field ??= [.. Model.parameters().Concat(Loss.parameters()).Where(parameter => parameter.requires_grad)];

    /// <summary>
    /// Gets the tensors besides the parameters that <see cref="ApplyGradients"/> changes, by name: they are put back if a step is refused, and are
    /// part of a training's state (<see cref="VariationalTrainerOptions.StatePath"/>). Empty by default; null if they cannot be read, so that
    /// such a training cannot be resumed.
    /// </summary>
    public virtual IReadOnlyDictionary<string, Tensor>? Memory => ReadOnlyDictionary<string, Tensor>.Empty;

    /// <summary>
    /// Gets where the step's noise comes from, so that a training that is resumed goes on with it; null, the default, is torch's global generator.
    /// </summary>
    public virtual NoiseSource? Noise => null;

    /// <summary>Gets the optimizer, for <see cref="VariationalTrainerOptions.CreateScheduler"/>; null if the step has none, the default.</summary>
    public virtual optim.Optimizer? Optimizer => null;

    /// <summary>Gets the learning rate of now, above 0.</summary>
    public abstract double LearningRate { get; }

    /// <summary>
    /// Gets or sets which share of the full learning rate <see cref="ApplyGradients"/> takes, in (0, 1]: it falls at the end of a training whose
    /// length the trainer chooses. 1 by default.
    /// </summary>
    public virtual double LearningRateShare { get; set; } = 1;

    /// <summary>Computes the loss of a batch, and leaves its gradients at <see cref="Parameters"/>, whose gradients are null before.</summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="target"><c>[B, …]</c>.</param>
    /// <param name="klFactor">A further factor of the KL divergence for this step, as a schedule gives it; at least 0.</param>
    /// <returns>The loss before the step.</returns>
    public abstract StepLoss Differentiate(Tensor input, Tensor target, double klFactor);

    /// <summary>Changes the parameters along the gradients.</summary>
    public abstract void ApplyGradients();

    /// <summary>Computes the Euclidean norm of the gradients of all parameters together; not finite if one of them is not.</summary>
    public virtual double GradientNorm() => Math.Sqrt(Gradients.SquareOf(Parameters.Select(parameter => parameter.grad)));

    /// <summary>Multiplies the gradients of all parameters.</summary>
    /// <param name="factor">The factor; finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not finite.</exception>
    public virtual void ScaleGradients(double factor) => Gradients.Scale(Parameters.Select(parameter => parameter.grad), Require.Finite(factor));

    /// <summary>Frees what the step owns; the model and the loss go on. Does nothing by default.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>
    /// Determines, without looking at the numbers, whether <see cref="ApplyGradients"/> leaves parameters and memory finite. False if that cannot
    /// be known, the default: the trainer then copies the parameters before each step.
    /// </summary>
    /// <param name="gradientNorm">The Euclidean norm of the gradients; finite.</param>
    public virtual bool LeavesFinite(double gradientNorm) => false;

    /// <summary>
    /// Estimates the products of numbers in a pass of a batch, an upper bound, which decides how many native threads the steps use. Null leaves
    /// torch's setting alone. By default one pass through the model.
    /// </summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    public virtual long? Products(Tensor input) => _work.Value.Products(input);

    /// <summary>Puts back what <see cref="Memory"/> returned before; by default by copying into the tensors of now.</summary>
    /// <param name="memory">The tensors by name, which stay the caller's.</param>
    public virtual void Remember(IReadOnlyDictionary<string, Tensor> memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        using var noGrad = no_grad();
        foreach (var (name, value) in Memory ?? ReadOnlyDictionary<string, Tensor>.Empty)
            value.copy_(memory[name]);
    }

    /// <summary>Starts anew, and computes gradients.</summary>
    internal StepLoss Compute(Tensor input, Tensor target, double klFactor)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        ClearGradients();
        return Differentiate(input, target, klFactor);
    }

    /// <summary>Forgets the gradients of the batch before.</summary>
    private protected virtual void ClearGradients()
    {
        foreach (var parameter in Parameters)
            parameter.grad = null;
    }
}
