using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
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
    private Estimator _trainingPass = SingleDraw;
    private ParameterUses? _uses;
    private HashSet<nn.Module> _listed = [];

    /// <summary>A module with the given name.</summary>
    /// <param name="name">The type's name, as in TorchSharp's own modules.</param>
    protected BayesianModule(string name) : base(TorchBackend.Required(name))
    {
    }

    /// <summary>
    /// How <see cref="forward"/> and <see cref="Sample(Tensor, int)"/> of this module integrate over the posterior in training mode, with as many
    /// draws as these make; a module's children follow the pass of the module that is called. <see cref="Reparameterization"/> by default: all rows
    /// of a batch see the same functions.
    /// </summary>
    /// <remarks>
    /// <c>VariationalTrainer</c> takes <see cref="LocalReparameterization"/> unless this was set: its gradients vary less, and nobody sees its
    /// passes.
    /// </remarks>
    /// <exception cref="ArgumentException">The estimator carries no gradient.</exception>
    public Estimator TrainingEstimator
    {
        get => GivenTrainingEstimator ?? SingleDraw;
        set
        {
            GivenTrainingEstimator = Trainable(value);
            _trainingPass = value.WithSamples(1);
        }
    }

    /// <summary>Gets what <see cref="TrainingEstimator"/> was set to; null if it was not set.</summary>
    internal Estimator? GivenTrainingEstimator { get; private set; }

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

    /// <summary>Runs the passes that <paramref name="estimator"/> asks for, in one vectorised call.</summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="estimator">How to integrate over the posterior, how many draws, and where noise comes from.</param>
    /// <returns><c>[S, B, …]</c>, S being the estimator's <see cref="Estimator.Samples"/>.</returns>
    /// <exception cref="ArgumentException">The input does not fit the module.</exception>
    /// <exception cref="InvalidOperationException">A Bayesian layer is used that TorchSharp does not list among the module's children.</exception>
    public Tensor Sample(Tensor input, Estimator estimator)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(estimator);
        using var pass = NewPass(input, estimator);
        return Run(input, pass);
    }

    private protected Pass NewPass(Tensor input, Estimator estimator) =>
        new(estimator) { Model = this, KnownUses = estimator.RowsShareFunctions ? null : UsesOfParameters(input) };

    private Tensor Run(Tensor input, Pass pass)
    {
        RequireBatch(input);
        using var scope = NewDisposeScope();
        if (IsSingleExample(input.shape))
            return Run(input.unsqueeze(0), pass).squeeze(1).MoveToOuterDisposeScope();
        return PassRun.Of(this, PropagateInAnyLayout, input, pass).AsContiguous().MoveToOuterDisposeScope();
    }

    // An estimator that integrates weights out, or gives each row a function of its own, has to know beforehand which ones a pass uses again. One row
    // through the means, once for a model, tells it.
    private ParameterUses UsesOfParameters(Tensor input)
    {
        if (_uses is { IsCurrent: true } known)
            return known;
        RequireBatch(input);
        var counted = new ParameterUses();
        using var noGrad = no_grad();
        using var evaluation = ModuleMode.Evaluation(this);
        using var scope = NewDisposeScope();
        using var pass = new Pass(PosteriorMean.Instance) { Model = this, CountedUses = counted };
        // A copy: a first child that works in place would change the user's input.
        Run((IsSingleExample(input.shape) ? input : input.narrow(0, 0, 1)).clone(), pass);
        return _uses = counted;
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
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(estimator);
        using var scope = NewDisposeScope();
        using var pass = NewPass(input, estimator);
        return scope.MoveToOuter(Run(input, pass), this.KlDivergenceOf(pass));
    }

    /// <summary>
    /// Computes the module's output: what a network of one's own overrides, and what a module of modules calls on its children. Returns a new
    /// tensor, never
    /// <paramref name="input"/> itself (return <c>input.alias()</c>).
    /// </summary>
    /// <param name="input"><c>[1|S, B, …]</c>: 1 while every draw sees the same. Run plain modules with <see cref="ApplyPlain"/>.</param>
    /// <param name="pass">The pass; hand it on to the children. A child that is called twice in a pass uses the same weights twice.</param>
    /// <returns><c>[1|S, B, …]</c>.</returns>
    public abstract Tensor Propagate(Tensor input, Pass pass);

    /// <summary>
    /// Returns the pass as a deterministic front and the rest, or null if the pass is random from its start. Null by default. Override it in a
    /// module that passes its input
    /// through plain modules first, such as a pretrained network: a prediction then runs these once for all draws.
    /// </summary>
    protected internal virtual DeterministicFront? SplitFront() => null;

    /// <summary>
    /// Computes what <see cref="Propagate"/> does, from a value in any layout in memory and to one: layers of this library need no copies in between.
    /// A module of one's own is given a contiguous value, since it may call <c>view</c>.
    /// </summary>
    internal virtual Tensor PropagateInAnyLayout(Tensor input, Pass pass)
    {
        using var scope = NewDisposeScope();
        return Propagate(input.AsContiguous(), pass).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Passes a value with the Monte Carlo axis through a plain module, which must not see that axis: the draws are folded into
    /// the batch, <c>[S·B, …]</c>, a draw's rows together, and unfolded after. For use in <see cref="Propagate"/>.
    /// </summary>
    /// <param name="module">A module that keeps the batch on axis 0, without Bayesian layers inside.</param>
    /// <param name="value"><c>[1|S, B, …]</c>.</param>
    /// <param name="pass">The pass.</param>
    /// <returns><c>[1|S, B, …]</c>.</returns>
    /// <exception cref="InvalidOperationException">The module does not keep the batch.</exception>
    protected static Tensor ApplyPlain(nn.Module<Tensor, Tensor> module, Tensor value, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(pass);
        return PlainPass.Of(module, value, pass);
    }

    /// <summary>
    /// KL(q ‖ p) of this module and every Bayesian module below it, each counted once however often it is used, in nats and
    /// summed over all weights: what <see cref="ElboLoss"/> takes.
    /// </summary>
    /// <returns>A scalar, differentiable; 0 where nothing below is Bayesian.</returns>
    public Tensor KlDivergence() => ModuleExtensions.KlDivergence(this);

    /// <summary>
    /// Returns what this module adds to <see cref="KlDivergence"/> beside the weights of its Bayesian layers, without its children; null by default.
    /// </summary>
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

    /// <summary>The modules that a value passes one after the other, if that is all that this module does; otherwise empty.</summary>
    internal virtual IEnumerable<nn.Module> InOrder => [];

    /// <summary>Gets the weights of this module that are random variables, without its children's; empty by default.</summary>
    internal virtual IEnumerable<WeightVariable> OwnVariables => [];

    /// <summary>Refuses to be used in a pass of a model that does not list this module, so that nothing would train, save or count it.</summary>
    /// <exception cref="InvalidOperationException">The model does not list this module.</exception>
    private protected void RequireListed(Pass pass)
    {
        if (pass.Model is BayesianModule model && !ReferenceEquals(model, this))
            model.RequireLists(this);
    }

    private void RequireLists(BayesianModule module)
    {
        if (_listed.Contains(module))
            return;
        _listed = new(this.BayesianModules(), ReferenceEqualityComparer.Instance);
        if (!_listed.Contains(module))
            throw UnlistedLayers.Refuse(this, module);
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
