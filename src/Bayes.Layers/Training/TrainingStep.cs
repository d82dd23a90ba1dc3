using System.Collections.ObjectModel;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// A step of training: computes the gradients of a batch's loss, and changes the parameters along them. Derive from it to move a posterior in
/// another way, for example with a natural gradient or a sampler.
/// </summary>
/// <remarks>
/// <see cref="VariationalTrainer"/> gets the step from <see cref="VariationalTrainerOptions.CreateStep"/> and adds batches, validation, early
/// stopping, schedules, limits of the gradient, refusal of steps that are not finite, history and resuming. <c>Parameter.grad</c> holds the
/// gradients: the trainer clears them before each batch, averages them over the batches of a step, and scales them. Do not share a step between
/// threads. The trainer disposes it.
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
    /// Gets the parameters that <see cref="ApplyGradients"/> changes; by default those of the model and the loss that are not frozen.
    /// </summary>
    public virtual IReadOnlyList<Parameter> Parameters =>
        field ??= [.. Model.parameters().Concat(Loss.parameters()).Where(parameter => parameter.requires_grad)];

    /// <summary>
    /// Gets the tensors that <see cref="ApplyGradients"/> changes in addition to the parameters, by name: they are put back if a step is refused,
    /// and belong to a training's state (<see cref="VariationalTrainerOptions.StatePath"/>). Empty by default; null if they cannot be read, so that
    /// the training cannot be resumed.
    /// </summary>
    public virtual IReadOnlyDictionary<string, Tensor>? Memory => ReadOnlyDictionary<string, Tensor>.Empty;

    /// <summary>
    /// Gets the source of the step's noise, which a resumed training continues; null, the default, is torch's global generator.
    /// </summary>
    public virtual NoiseSource? Noise => null;

    /// <summary>Gets the optimizer, for <see cref="VariationalTrainerOptions.CreateScheduler"/>; null if the step has none, the default.</summary>
    public virtual optim.Optimizer? Optimizer => null;

    /// <summary>Gets the current learning rate, above 0.</summary>
    public abstract double LearningRate { get; }

    /// <summary>
    /// Gets or sets the share of the full learning rate that <see cref="ApplyGradients"/> uses, in (0, 1]; 1 by default. It falls at the end of a
    /// training whose length the trainer chooses.
    /// </summary>
    public virtual double LearningRateShare { get; set; } = 1;

    /// <summary>Computes the loss of a batch, and stores its gradients in <see cref="Parameters"/>, whose gradients are null before.</summary>
    /// <param name="input"><c>[B, …]</c>; for a network with several inputs, each of them.</param>
    /// <param name="target"><c>[B, …]</c>.</param>
    /// <param name="klFactor">A further factor of the KL divergence for this step, as a schedule gives it; at least 0.</param>
    /// <returns>The loss before the step.</returns>
    public abstract StepLoss Differentiate(NetworkInput input, Tensor target, double klFactor);

    /// <summary>Changes the parameters along the gradients.</summary>
    public abstract void ApplyGradients();

    /// <summary>Computes the Euclidean norm of the gradients of all parameters together; not finite if one of them is not.</summary>
    public virtual double GradientNorm() => Math.Sqrt(Gradients.SquareOf(Parameters.Select(parameter => parameter.grad)));

    /// <summary>Multiplies the gradients of all parameters by a factor.</summary>
    /// <param name="factor">The factor; finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not finite.</exception>
    public virtual void ScaleGradients(double factor) => Gradients.Scale(Parameters.Select(parameter => parameter.grad), Require.Finite(factor));

    /// <summary>Frees what the step owns, but not the model and the loss. Does nothing by default.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>
    /// Determines, without reading the numbers, whether <see cref="ApplyGradients"/> leaves parameters and memory finite. Returns false, the
    /// default, if this cannot be known: the trainer then copies the parameters before each step.
    /// </summary>
    /// <param name="gradientNorm">The Euclidean norm of the gradients; finite.</param>
    public virtual bool LeavesFinite(double gradientNorm) => false;

    /// <summary>
    /// Estimates an upper bound on the products of numbers in a pass of a batch, by which the trainer chooses the number of native threads. Returns
    /// null to leave torch's setting alone. By default counts one pass through the model.
    /// </summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    public virtual long? Products(NetworkInput input) => _work.Value.Products(input);

    /// <summary>Puts back what <see cref="Memory"/> returned before; by default copies it into the current tensors.</summary>
    /// <param name="memory">The tensors by name, which stay the caller's.</param>
    public virtual void Remember(IReadOnlyDictionary<string, Tensor> memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        using var noGrad = no_grad();
        foreach (var (name, value) in Memory ?? ReadOnlyDictionary<string, Tensor>.Empty)
            value.copy_(memory[name]);
    }

    /// <summary>Clears the gradients, and computes those of a batch.</summary>
    internal StepLoss Compute(NetworkInput input, Tensor target, double klFactor)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        ClearGradients();
        return Differentiate(input, target, klFactor);
    }

    /// <summary>Clears the gradients of the previous batch.</summary>
    private protected virtual void ClearGradients()
    {
        foreach (var parameter in Parameters)
            parameter.grad = null;
    }
}
