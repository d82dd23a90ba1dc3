using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// A TorchSharp module whose output is random, because some of its weights are known only by a distribution. Derive from it
/// to write a network of one's own: register the children, and override <see cref="Propagate"/>.
/// </summary>
/// <remarks>
/// Inside the library axis 0 is the Monte Carlo axis: of size 1 while nothing random has happened, and S from the first
/// Bayesian layer on. <see cref="forward"/> and <see cref="Sample(Tensor, int)"/> add and remove it, so that a user never
/// meets it on the way in.
/// </remarks>
public abstract class BayesianModule : nn.Module<Tensor, Tensor>
{
    private static readonly Reparameterization SingleDraw = new();
    private Estimator _trainingEstimator = SingleDraw;
    private Estimator _trainingPass = SingleDraw;

    /// <summary>A module with the given name.</summary>
    /// <param name="name">The type's name, as in TorchSharp's own modules.</param>
    protected BayesianModule(string name) : base(TorchBackend.Required(name))
    {
    }

    /// <summary>
    /// How <see cref="forward"/> and <see cref="Sample(Tensor, int)"/> of this module integrate over the posterior in training mode, with as many
    /// draws as these make; a module's children follow the pass of the module that is called. <see cref="Reparameterization"/> by default.
    /// </summary>
    /// <exception cref="ArgumentException">The estimator carries no gradient.</exception>
    public Estimator TrainingEstimator
    {
        get => _trainingEstimator;
        set
        {
            _trainingEstimator = Trainable(value);
            _trainingPass = value.WithSamples(1);
        }
    }

    /// <summary>
    /// One stochastic pass with noise from torch's global generator, in training and in evaluation alike: the module behaves
    /// as any TorchSharp module, also inside <c>nn.Sequential</c>.
    /// </summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <returns><c>[B, …]</c>; two calls differ.</returns>
    /// <exception cref="ArgumentException">The input does not fit the module.</exception>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return Sample(input, training ? _trainingPass : SingleDraw).squeeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// S stochastic passes in one vectorised call: S draws of the weights, each seen by the whole batch; in training mode as
    /// <see cref="TrainingEstimator"/> does it.
    /// </summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="samples">S; at least 1.</param>
    /// <returns><c>[S, B, …]</c>.</returns>
    /// <exception cref="ArgumentException">The input does not fit the module.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    public Tensor Sample(Tensor input, int samples)
    {
        if (!training)
            return Sample(input, new Reparameterization(samples));
        var estimator = TrainingEstimator.WithSamples(samples);
        using var scope = NewDisposeScope();
        var output = Sample(input, estimator);
        // The posterior's mean is one pass, however many are asked for.
        return (output.shape[0] == samples ? output : output.expand([samples, .. output.shape[1..]])).MoveToOuterDisposeScope();
    }

    /// <summary>The passes that <paramref name="estimator"/> asks for, in one vectorised call.</summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="estimator">How to integrate over the posterior, how many draws, and where noise comes from.</param>
    /// <returns><c>[S, B, …]</c>, S being the estimator's <see cref="Estimator.Samples"/>.</returns>
    /// <exception cref="ArgumentException">The input does not fit the module.</exception>
    public Tensor Sample(Tensor input, Estimator estimator)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(estimator);
        RequireBatch(input);
        using var scope = NewDisposeScope();
        if (IsSingleExample(input.shape))
            return Sample(input.unsqueeze(0), estimator).squeeze(1).MoveToOuterDisposeScope();
        return Run(PropagateInAnyLayout, input, estimator).AsContiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Runs the module's pass, or a part of it, without the axis of draws on the way in.</summary>
    /// <param name="propagate">The part: <c>[1, B, …]</c> → <c>[1|S, B, …]</c>.</param>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="estimator">The pass's estimator.</param>
    /// <returns><c>[S, B, …]</c>, in any layout in memory.</returns>
    internal Tensor Run(Func<Tensor, Estimator, Tensor> propagate, Tensor input, Estimator estimator)
    {
        using var scope = NewDisposeScope();
        estimator.Begin(this);
        var output = propagate(input.unsqueeze(0), estimator);
        long draws = output.ndim == 0 ? 0 : output.shape[0];
        if (draws != estimator.Samples)
        {
            if (draws != 1)
                throw new InvalidOperationException(
                    $"{GetName()}.Propagate returned shape {Shapes.Describe(output.shape)}; expected axis 0 to be 1 or {estimator.Samples}.");
            output = output.expand([estimator.Samples, .. output.shape[1..]]);
        }
        return output.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The passes that <paramref name="estimator"/> asks for, and the KL divergence with them. It is that of <see cref="KlDivergence"/>, but that a
    /// prior without a closed form estimates it from the weights that these very passes drew (Blundell et al. 2015, "Weight
    /// Uncertainty in Neural Networks", equation 2); where the estimator draws no weights, or keeps them for other passes as
    /// <see cref="PosteriorDraws"/> does, it is integrated numerically.
    /// </summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="estimator">How to integrate over the posterior, how many draws, and where noise comes from.</param>
    /// <returns><c>[S, B, …]</c>, and a scalar in nats; the caller disposes both.</returns>
    /// <exception cref="ArgumentException">The input does not fit the module.</exception>
    public (Tensor Output, Tensor KlDivergence) SampleWithKl(Tensor input, Estimator estimator)
    {
        using var scope = NewDisposeScope();
        using var divergences = new PassDivergences();
        return scope.MoveToOuter(Sample(input, estimator), KlDivergence());
    }

    /// <summary>
    /// What a module computes, and what a module of modules calls on its children. The result is a new tensor, never
    /// <paramref name="input"/> itself (return <c>input.alias()</c>).
    /// </summary>
    /// <param name="input"><c>[1|S, B, …]</c>: 1 while every draw sees the same. Pass plain modules through <see cref="ApplyPlain"/>.</param>
    /// <param name="estimator">The pass's estimator; hand it on to the children.</param>
    /// <returns><c>[1|S, B, …]</c>.</returns>
    public abstract Tensor Propagate(Tensor input, Estimator estimator);

    /// <summary>
    /// Returns the pass as a deterministic front and the rest, or null if the pass is random from its start. Null by default. Override it in a module that passes its input
    /// through plain modules first, such as a pretrained network: a prediction then runs these once for all draws.
    /// </summary>
    protected internal virtual DeterministicFront? SplitFront() => null;

    /// <summary>
    /// Computes what <see cref="Propagate"/> does, from a value in any layout in memory and to one: layers of this library need no copies in between.
    /// A module of one's own is given a contiguous value, since it may call <c>view</c>.
    /// </summary>
    internal virtual Tensor PropagateInAnyLayout(Tensor input, Estimator estimator)
    {
        using var scope = NewDisposeScope();
        return Propagate(input.AsContiguous(), estimator).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Passes a value with the Monte Carlo axis through a plain module, which must not see that axis: the draws are folded into
    /// the batch, <c>[S·B, …]</c>, a draw's rows together, and unfolded after. For use in <see cref="Propagate"/>.
    /// </summary>
    /// <param name="module">A module that keeps the batch on axis 0, without Bayesian layers inside.</param>
    /// <param name="value"><c>[1|S, B, …]</c>.</param>
    /// <returns><c>[1|S, B, …]</c>.</returns>
    /// <exception cref="InvalidOperationException">The module does not keep the batch.</exception>
    protected static Tensor ApplyPlain(nn.Module<Tensor, Tensor> module, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(value);
        return PassProbe.Current is { } probe ? WatchedPass.Plain(probe, module, value) : PlainPass.Of(module, value);
    }

    /// <summary>
    /// KL(q ‖ p) of this module and every Bayesian module below it, each counted once however often it is used, in nats and
    /// summed over all weights: what <see cref="ElboLoss"/> takes.
    /// </summary>
    /// <returns>A scalar, differentiable; 0 where nothing below is Bayesian.</returns>
    public Tensor KlDivergence() => ModuleExtensions.KlDivergence(this);

    /// <summary>This module's own part of <see cref="KlDivergence"/>, without its children; none by default.</summary>
    protected internal virtual Tensor? OwnKlDivergence() => null;

    /// <summary>
    /// Whether an input of this shape is one example without an axis of the batch, as PyTorch's layers take it: <see cref="Sample(Tensor, Estimator)"/>
    /// then adds the axis and takes it off the result. No by default.
    /// </summary>
    /// <param name="shape">The input's shape, as the user gave it.</param>
    protected internal virtual bool IsSingleExample(ReadOnlySpan<long> shape) => false;

    /// <summary>An estimator to train with, or an error that says why not.</summary>
    internal static Estimator Trainable(Estimator estimator)
    {
        ArgumentNullException.ThrowIfNull(estimator);
        return estimator.CarriesGradient
            ? estimator
            : throw new ArgumentException(
                $"{estimator.GetType().Name} carries no gradient, so nothing would be learned from the data; expected an estimator such as Reparameterization.",
                nameof(estimator));
    }

    /// <summary>Refuses an input without rows, or with nothing in them.</summary>
    internal static void RequireBatch(Tensor input)
    {
        if (input.ndim == 0)
            throw new ArgumentException("The input is a scalar; expected [batch, …].", nameof(input));
        if (input.numel() == 0)
            throw new ArgumentException(
                $"The input has shape {Shapes.Describe(input.shape)}, "
                + (input.shape[0] == 0 ? "an empty batch; expected at least one row." : "rows without a number; expected every axis to be at least 1."), nameof(input));
    }

    /// <summary>Whether this module, apart from its children, adds to <see cref="KlDivergence"/>.</summary>
    internal bool HasOwnKlDivergence
    {
        get
        {
            using var own = OwnKlDivergence();
            return own is not null;
        }
    }

    /// <summary>The module and everything below it, a line each, with sizes.</summary>
    public override string ToString() => ModuleDescription.Of(this);

    /// <summary>What stands between the parentheses of this module's line in <see cref="ToString"/>; nothing by default.</summary>
    protected internal virtual string Describe() => "";
}
