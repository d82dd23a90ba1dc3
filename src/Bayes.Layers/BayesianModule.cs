using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Represents a TorchSharp module whose output is random because some of its weights are known only by a distribution. Derive from it to write your
/// own network: register the children, and override <see cref="Propagate"/>. A network with several inputs derives from
/// <see cref="BayesianModule{TInput}"/>.
/// </summary>
/// <remarks>
/// Inside the library, axis 0 is the Monte Carlo axis. Its size is 1 until something random has happened, and S from the first Bayesian layer on.
/// <see cref="forward"/> and <see cref="Sample(Tensor, int)"/> add and remove it, so users never pass it in.
/// </remarks>
public abstract class BayesianModule : nn.Module<Tensor, Tensor>
{
    private static readonly Reparameterization SingleDraw = new();
    private Estimator _trainingPass = SingleDraw;
    private ParameterUses? _uses;
    private bool _endsInRandomLayer;
    private HashSet<nn.Module> _listed = [];

    /// <summary>Creates a module with the given name.</summary>
    /// <param name="name">The type's name, as in TorchSharp's own modules.</param>
    protected BayesianModule(string name) : base(TorchBackend.Required(name))
    {
    }

    /// <summary>
    /// Gets or sets how <see cref="forward"/> and <see cref="Sample(Tensor, int)"/> of this module integrate over the posterior in training mode.
    /// The number of draws is theirs. The children follow the pass of the module that is called. <see cref="Reparameterization"/> by default: all
    /// rows of a batch see the same functions.
    /// </summary>
    /// <remarks>Unless this is set, <c>VariationalTrainer</c> uses <see cref="LocalReparameterization"/>, whose gradients vary less.</remarks>
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

    /// <summary>Gets what a reader of every prediction with the model should know, as a sentence; null by default.</summary>
    internal virtual string? Caution => null;

    /// <summary>Gets what <see cref="TrainingEstimator"/> was set to; null if it was not set.</summary>
    internal Estimator? GivenTrainingEstimator { get; private set; }

    /// <summary>
    /// Runs one stochastic pass with noise from torch's global generator, in training and in evaluation mode. So the module behaves like any
    /// TorchSharp module, also inside <c>nn.Sequential</c>.
    /// </summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <returns><c>[B, …]</c>; two calls differ.</returns>
    /// <exception cref="ArgumentException">The input does not fit the module.</exception>
    public override Tensor forward(Tensor input) => RunOnce(input);

    /// <summary>Runs one stochastic pass of all inputs, as <see cref="forward"/> does of one.</summary>
    private protected Tensor RunOnce(NetworkInput input)
    {
        using var scope = NewDisposeScope();
        return Sample(input, training ? _trainingPass : SingleDraw).squeeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Runs S stochastic passes in one vectorised call: the whole batch sees each of S draws of the weights. In training mode,
    /// <see cref="TrainingEstimator"/> defines how.
    /// </summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="samples">S; at least 1.</param>
    /// <returns><c>[S, B, …]</c>.</returns>
    /// <exception cref="ArgumentException">The input does not fit the module.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    public Tensor Sample(Tensor input, int samples) => Sample((NetworkInput)input, samples);

    /// <param name="input">The inputs, <c>[B, …]</c> each: <c>model.Sample((numbers, words), 10)</c>.</param>
    /// <param name="samples">S; at least 1.</param>
    /// <inheritdoc cref="Sample(Tensor, int)"/>
    public Tensor Sample(NetworkInput input, int samples)
    {
        if (!training)
            return Sample(input, new Reparameterization(samples));
        var estimator = TrainingEstimator.WithSamples(samples);
        using var scope = NewDisposeScope();
        var output = Sample(input, estimator);
        // The posterior mean runs one pass for any number of samples.
        return (output.shape[0] == samples ? output : output.expand([samples, .. output.shape[1..]])).MoveToOuterDisposeScope();
    }

    /// <summary>Runs the passes that <paramref name="estimator"/> asks for, in one vectorised call.</summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="estimator">How to integrate over the posterior, how many draws, and where noise comes from.</param>
    /// <returns><c>[S, B, …]</c>, where S is the estimator's <see cref="Estimator.Samples"/>.</returns>
    /// <exception cref="ArgumentException">The input does not fit the module.</exception>
    /// <exception cref="InvalidOperationException">
    /// The pass uses a Bayesian layer that TorchSharp does not list among the module's children.
    /// </exception>
    public Tensor Sample(Tensor input, Estimator estimator) => Sample((NetworkInput)input, estimator);

    /// <param name="input">The inputs, <c>[B, …]</c> each.</param>
    /// <param name="estimator">How to integrate over the posterior, how many draws, and where noise comes from.</param>
    /// <inheritdoc cref="Sample(Tensor, Estimator)"/>
    public Tensor Sample(NetworkInput input, Estimator estimator)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(estimator);
        using var pass = NewPass(input, estimator);
        return Run(input, pass);
    }

    /// <summary>
    /// Runs the passes, and computes the mean of −log p(y | f) over them, or over normal outputs. Leaves of autograd take the place of the
    /// posteriors, for an estimator that takes them.
    /// </summary>
    internal Tensor NegativeLogLikelihood(
        NetworkInput input, Tensor target, ElboLoss loss, Estimator estimator, IPosteriorLeaves? leaves = null)
    {
        using var scope = NewDisposeScope();
        using var pass = NewPass(input, estimator, leaves);
        return NegativeLogLikelihood(input, target, loss, pass).MoveToOuterDisposeScope();
    }

    /// <summary>Runs one pass of an estimator that propagates moments.</summary>
    /// <returns>The moments of the outputs, <c>[B, …]</c>.</returns>
    internal Moments MomentsOf(NetworkInput input, Estimator estimator)
    {
        using var scope = NewDisposeScope();
        using var pass = NewPass(input, estimator);
        var mean = Run(input, pass).squeeze(0);
        return new Moments(mean, pass.Outputs!.Spread.Independent.reshape(mean.shape).alias()).MoveToOuter(scope);
    }

    /// <summary>
    /// Runs the passes, and computes the mean of −log p(y | f) and the KL divergence of <see cref="SampleWithKl(NetworkInput, Estimator)"/>.
    /// </summary>
    internal (Tensor NegativeLogLikelihood, Tensor KlDivergence) NegativeLogLikelihoodWithKl(
        NetworkInput input, Tensor target, ElboLoss loss, Estimator estimator)
    {
        using var scope = NewDisposeScope();
        using var pass = NewPass(input, estimator);
        return scope.MoveToOuter(NegativeLogLikelihood(input, target, loss, pass), this.KlDivergenceOf(pass));
    }

    private Tensor NegativeLogLikelihood(NetworkInput input, Tensor target, ElboLoss loss, Pass pass)
    {
        var output = Run(input, pass);
        return NormalOutputsOf(pass, output) is { } outputs
            ? loss.NegativeLogLikelihood(outputs, target)
            : loss.NegativeLogLikelihood(output, target);
    }

    /// <summary>Returns the normal distribution of the output of a pass, or null if the output is one of draws.</summary>
    /// <exception cref="InvalidOperationException">The random layer is not the last one.</exception>
    internal NormalOutputs? NormalOutputsOf(Pass pass, Tensor output)
    {
        // Values are compared once for a model.
        if (pass.Outputs is { AreLast: false } outputs && !_endsInRandomLayer)
        {
            outputs.RequireToBe(output, this.GetName());
            _endsInRandomLayer = true;
        }
        return pass.Outputs;
    }

    private protected Pass NewPass(NetworkInput input, Estimator estimator, IPosteriorLeaves? leaves = null) =>
        new(estimator) { Model = this, Leaves = leaves, KnownUses = estimator.RowsShareFunctions ? null : UsesOfParameters(input) };

    /// <summary>Runs a pass.</summary>
    /// <returns><c>[1|S, B, …]</c>.</returns>
    internal Tensor Run(NetworkInput input, Pass pass)
    {
        input.RequireBatch();
        using var scope = NewDisposeScope();
        if (IsOneExample(input))
            return Run(input[0].unsqueeze(0), pass).squeeze(1).MoveToOuterDisposeScope();
        return PassRun.Of(this, pass.Estimator.PropagatesMoments ? MeansOfInputs : PropagateInputs, input, pass).AsContiguous()
            .MoveToOuterDisposeScope();
    }

    // Leaves the variances on the pass.
    private Tensor MeansOfInputs(IReadOnlyList<Tensor> inputs, Pass pass)
    {
        using var scope = NewDisposeScope();
        var output = PropagateMomentsOf(inputs, pass);
        var variance = output.Variance ?? zeros_like(output.Mean);
        pass.Outputs = new NormalOutputs(pass.Keep(output.Mean.alias()), new OutputSpread(pass.Keep(variance.squeeze(0)), Root: null))
        {
            AreLast = true,
        };
        return output.Mean.AsContiguous().MoveToOuterDisposeScope();
    }

    private bool IsOneExample(NetworkInput input) => input.Count == 1 && IsSingleExample(input[0].shape);

    // An estimator that integrates weights out, or gives each row its own function, must know in advance which weights a pass uses again. One pass
    // of one row at the posterior means tells it, once for a model.
    private ParameterUses UsesOfParameters(NetworkInput input)
    {
        if (_uses is { IsCurrent: true } known)
            return known;
        input.RequireBatch();
        var counted = new ParameterUses();
        using var noGrad = no_grad();
        using var evaluation = ModuleMode.Evaluation(this);
        using var scope = NewDisposeScope();
        using var pass = new Pass(PosteriorMean.Instance) { Model = this, CountedUses = counted };
        // Copy: a first child that works in place would change the user's input.
        Run((IsOneExample(input) ? input : input.Narrow(0, 1)).Clone(), pass);
        return _uses = counted;
    }

    /// <summary>
    /// Runs the passes that <paramref name="estimator"/> asks for, and returns the KL divergence with them. For a prior without a closed form it is
    /// estimated from the weights that these passes drew (Blundell et al. 2015, "Weight Uncertainty in Neural Networks", equation 2). If the
    /// estimator draws no weights, or keeps them for other passes as <see cref="PosteriorDraws"/> does, it is integrated numerically. For all other
    /// priors it equals <see cref="KlDivergence"/>.
    /// </summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="estimator">How to integrate over the posterior, how many draws, and where noise comes from.</param>
    /// <returns><c>[S, B, …]</c>, and a scalar in nats; the caller disposes both.</returns>
    /// <exception cref="ArgumentException">The input does not fit the module.</exception>
    public (Tensor Output, Tensor KlDivergence) SampleWithKl(Tensor input, Estimator estimator) =>
        SampleWithKl((NetworkInput)input, estimator);

    /// <param name="input">The inputs, <c>[B, …]</c> each.</param>
    /// <param name="estimator">How to integrate over the posterior, how many draws, and where noise comes from.</param>
    /// <inheritdoc cref="SampleWithKl(Tensor, Estimator)"/>
    public (Tensor Output, Tensor KlDivergence) SampleWithKl(NetworkInput input, Estimator estimator)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(estimator);
        using var scope = NewDisposeScope();
        using var pass = NewPass(input, estimator);
        return scope.MoveToOuter(Run(input, pass), this.KlDivergenceOf(pass));
    }

    /// <summary>
    /// Computes the module's output. Your own networks override this, and a module of modules calls it on its children. Returns a new tensor, never
    /// <paramref name="input"/> itself (return <c>input.alias()</c>).
    /// </summary>
    /// <param name="input"><c>[1|S, B, …]</c>: 1 while all draws share the value. Run plain modules with
    /// <see cref="ApplyPlain(nn.Module{Tensor, Tensor}, Tensor, Pass)"/>.</param>
    /// <param name="pass">The pass; pass it on to the children. A child that is called twice in a pass uses the same weights twice.</param>
    /// <returns><c>[1|S, B, …]</c>.</returns>
    public abstract Tensor Propagate(Tensor input, Pass pass);

    /// <summary>
    /// Computes the mean and the variance of the module's output from those of its input, for <c>MomentPropagation</c>. Throws by default. Override
    /// it in a module of modules: pass the moments on to the children, with <see cref="ApplyPlain(nn.Module{Tensor, Tensor}, Moments, Pass)"/> to
    /// plain ones, and add branches up with <see cref="Moments.Plus"/>.
    /// </summary>
    /// <param name="input">The moments of the input, <c>[1, B, …]</c>.</param>
    /// <param name="pass">The pass; pass it on to the children.</param>
    /// <returns>The moments of the output, <c>[1, B, …]</c>: new tensors, never those of <paramref name="input"/>.</returns>
    /// <exception cref="NotSupportedException">There is no closed form.</exception>
    protected internal virtual Moments PropagateMoments(Moments input, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        throw MomentRules.Refuse(this, pass);
    }

    /// <summary>Computes the moments of the output from all inputs of the module, <c>[1, B, …]</c> each. By default a module has one.</summary>
    /// <exception cref="ArgumentException">The module takes another number of inputs.</exception>
    internal virtual Moments PropagateMomentsOf(IReadOnlyList<Tensor> inputs, Pass pass) => inputs.Count == 1
        ? PropagateMoments(new Moments(inputs[0]), pass)
        : throw NetworkInput.WrongCount($"A {this.GetName()} takes", "one input", inputs.Count);

    /// <summary>
    /// Splits the pass into a deterministic front and the rest, or returns null if the pass is random from its start. Null by default. Override it
    /// in a module that passes its input through plain modules first, such as a pretrained network: a prediction then runs these once for all draws.
    /// </summary>
    protected internal virtual DeterministicFront? SplitFront() => null;

    /// <summary>
    /// Computes the same as <see cref="Propagate"/>, for input and output in any memory layout, so that this library's layers need no copies in
    /// between. Modules of the user's own get a contiguous value, since they may call <c>view</c>.
    /// </summary>
    internal virtual Tensor PropagateInAnyLayout(Tensor input, Pass pass)
    {
        using var scope = NewDisposeScope();
        return Propagate(input.AsContiguous(), pass).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Computes the output for all inputs of the module, <c>[1|S, B, …]</c> each, in any memory layout. By default a module has one input, and its
    /// output is that of <see cref="PropagateInAnyLayout"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The module takes another number of inputs.</exception>
    internal virtual Tensor PropagateInputs(IReadOnlyList<Tensor> inputs, Pass pass) => inputs.Count == 1
        ? PropagateInAnyLayout(inputs[0], pass)
        : throw NetworkInput.WrongCount($"A {this.GetName()} takes", "one input", inputs.Count);

    /// <summary>
    /// Passes a value with the Monte Carlo axis through a plain module, which must not see that axis: folds the draws into the batch, <c>[S·B,
    /// …]</c> with the rows of a draw together, and unfolds them afterwards. For use in <see cref="Propagate"/>.
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
    /// Passes moments through a plain module, for use in <see cref="PropagateMoments"/>. Values that are known exactly pass any module.
    /// </summary>
    /// <param name="module">A module that keeps the batch on axis 0, without Bayesian layers inside.</param>
    /// <param name="value">The moments of its input, <c>[1, B, …]</c>.</param>
    /// <param name="pass">The pass.</param>
    /// <returns>The moments of its output, <c>[1, B, …]</c>.</returns>
    /// <exception cref="NotSupportedException">The input is random, and the module has no closed form.</exception>
    protected static Moments ApplyPlain(nn.Module<Tensor, Tensor> module, Moments value, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(pass);
        return MomentRules.Of(module, value, pass);
    }

    /// <summary>
    /// Passes two values through a plain module with two inputs, like <see cref="ApplyPlain(nn.Module{Tensor, Tensor}, Tensor, Pass)"/>. A value
    /// that all draws share is expanded if the other one has an axis of draws.
    /// </summary>
    /// <param name="module">A module that keeps the batch on axis 0, without Bayesian layers inside.</param>
    /// <param name="first">The first input, <c>[1|S, B, …]</c>.</param>
    /// <param name="second">The second input, <c>[1|S, B, …]</c>.</param>
    /// <param name="pass">The pass.</param>
    /// <returns><c>[1|S, B, …]</c>.</returns>
    /// <exception cref="ArgumentException">The values differ in their rows, or in their draws and neither is shared.</exception>
    /// <exception cref="InvalidOperationException">The module does not keep the batch.</exception>
    protected static Tensor ApplyPlain(nn.Module<Tensor, Tensor, Tensor> module, Tensor first, Tensor second, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(module);
        return ApplyPlain(module, [first, second], rows => module.call(rows[0], rows[1]), pass);
    }

    /// <summary>Passes three values through a plain module with three inputs, as for two.</summary>
    /// <param name="module">A module that keeps the batch on axis 0, without Bayesian layers inside.</param>
    /// <param name="first">The first input, <c>[1|S, B, …]</c>.</param>
    /// <param name="second">The second input, <c>[1|S, B, …]</c>.</param>
    /// <param name="third">The third input, <c>[1|S, B, …]</c>.</param>
    /// <param name="pass">The pass.</param>
    /// <inheritdoc cref="ApplyPlain(nn.Module{Tensor, Tensor, Tensor}, Tensor, Tensor, Pass)"/>
    protected static Tensor ApplyPlain(nn.Module<Tensor, Tensor, Tensor, Tensor> module, Tensor first, Tensor second, Tensor third, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(module);
        return ApplyPlain(module, [first, second, third], rows => module.call(rows[0], rows[1], rows[2]), pass);
    }

    /// <summary>Passes four values through a plain module with four inputs, as for two.</summary>
    /// <param name="module">A module that keeps the batch on axis 0, without Bayesian layers inside.</param>
    /// <param name="first">The first input, <c>[1|S, B, …]</c>.</param>
    /// <param name="second">The second input, <c>[1|S, B, …]</c>.</param>
    /// <param name="third">The third input, <c>[1|S, B, …]</c>.</param>
    /// <param name="fourth">The fourth input, <c>[1|S, B, …]</c>.</param>
    /// <param name="pass">The pass.</param>
    /// <inheritdoc cref="ApplyPlain(nn.Module{Tensor, Tensor, Tensor}, Tensor, Tensor, Pass)"/>
    protected static Tensor ApplyPlain(
        nn.Module<Tensor, Tensor, Tensor, Tensor, Tensor> module, Tensor first, Tensor second, Tensor third, Tensor fourth, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(module);
        return ApplyPlain(module, [first, second, third, fourth], rows => module.call(rows[0], rows[1], rows[2], rows[3]), pass);
    }

    private static Tensor ApplyPlain(nn.Module module, Tensor[] values, Func<IReadOnlyList<Tensor>, Tensor> call, Pass pass)
    {
        foreach (var value in values)
            ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(pass);
        return PlainPass.Of(module, values, call, pass);
    }

    /// <summary>
    /// Computes KL(q ‖ p) of this module and every Bayesian module below it, each counted once however often it is used, in nats and summed over all
    /// weights. <see cref="ElboLoss"/> takes it.
    /// </summary>
    /// <returns>A scalar, differentiable; 0 if nothing below is Bayesian.</returns>
    public Tensor KlDivergence() => ModuleExtensions.KlDivergence(this);

    /// <summary>
    /// Returns what this module, without its children, adds to <see cref="KlDivergence"/> in addition to the weights of its Bayesian layers; null by
    /// default.
    /// </summary>
    protected internal virtual Tensor? OwnKlDivergence() => null;

    /// <summary>
    /// Determines whether an input of this shape is one example without a batch axis, as PyTorch's layers accept it. <see cref="Sample(Tensor,
    /// Estimator)"/> then adds the axis and removes it from the result. False by default.
    /// </summary>
    /// <param name="shape">The input's shape, as the user gave it.</param>
    protected internal virtual bool IsSingleExample(ReadOnlySpan<long> shape) => false;

    /// <summary>Returns the estimator, and refuses one that cannot be trained with.</summary>
    internal static Estimator Trainable(Estimator estimator)
    {
        ArgumentNullException.ThrowIfNull(estimator);
        return estimator.CarriesGradient
            ? estimator
            : throw new ArgumentException(
                $"{estimator.GetType().Name} carries no gradient, so nothing would be learned from the data; "
                + "expected an estimator such as Reparameterization.",
                nameof(estimator));
    }

    /// <summary>Refuses an input without rows, or whose rows have no numbers.</summary>
    internal static void RequireBatch(Tensor input) => ((NetworkInput)input).RequireBatch();

    /// <summary>Gets the modules that a value passes one after the other, if this module does nothing else; otherwise empty.</summary>
    internal virtual IEnumerable<nn.Module> InOrder => [];

    /// <summary>Gets the weights of this module that are random variables, without its children's; empty by default.</summary>
    internal virtual IEnumerable<WeightVariable> OwnVariables => [];

    /// <summary>
    /// Gets or sets other priors, which stand in the place of the weights' own while a part of the data is trained on; null, the default, for their
    /// own.
    /// </summary>
    internal Func<WeightVariable, Prior>? PriorsInPlace { get; set; }

    /// <summary>Returns a weight under the prior that stands in the place of its own, if there is one.</summary>
    internal WeightVariable UnderPriorInPlace(WeightVariable variable) =>
        PriorsInPlace is { } priors ? variable with { Prior = priors(variable) } : variable;

    /// <summary>Gets whether several threads may run passes of this module at the same time; true by default.</summary>
    internal virtual bool AllowsThreads => true;

    /// <summary>Gets the lock that a pass holds while parameters of this module have other values; null, the default, if they never have.</summary>
    internal virtual Lock? Gate => null;

    /// <summary>Gets whether a pass needs an estimator that draws weights, since the module has no map to integrate over; false by
    /// default.</summary>
    internal virtual bool NeedsDrawnWeights => false;

    /// <summary>
    /// Gets a pass of rows <c>[B, …]</c> through functions f(x; μ) + J(x)(w − μ) of drawn weights w, which returns <c>[S, B, …]</c>; null if the
    /// module
    /// cannot be linearised, as by default.
    /// </summary>
    internal virtual Func<NetworkInput, PosteriorDraws, Tensor>? LinearPass => null;

    /// <summary>Examines how the module treats an input, once before it is used; does nothing by default.</summary>
    /// <param name="input"><c>[B, …]</c> for each input.</param>
    internal virtual void Examine(NetworkInput input)
    {
    }

    /// <summary>Returns the plain network inside, if this module holds one as it is; otherwise null.</summary>
    /// <param name="weight">Returns the value of a weight.</param>
    /// <param name="isMean">Whether the values are the posteriors' means.</param>
    internal virtual nn.Module? PlainNetwork(Func<WeightPosterior, Tensor> weight, bool isMean) => null;

    /// <summary>Gets the children that are modules of a network, and not holders of parameters; by default all.</summary>
    internal virtual IEnumerable<(string name, nn.Module module)> DescribedChildren => named_children();

    /// <summary>Gets the families of this module's own posteriors and their priors, as text; empty by default.</summary>
    internal virtual string DescribeBeliefs() => "";

    /// <summary>Refuses a pass of a model that does not list this module, since nothing would train, save or count it.</summary>
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

    /// <summary>Gets whether this module, without its children, adds to <see cref="KlDivergence"/>.</summary>
    internal bool HasOwnKlDivergence
    {
        get
        {
            using var own = OwnKlDivergence();
            return own is not null;
        }
    }

    /// <summary>Describes the module and everything below it, one line for each, with sizes.</summary>
    public override string ToString() => ModuleDescription.Of(this);

    /// <summary>What stands between the parentheses of this module's line in <see cref="ToString"/>; nothing by default.</summary>
    protected internal virtual string Describe() => "";
}

/// <summary>
/// Represents a Bayesian network with two to four inputs, which may be of different types, such as numbers, indices and masks. Derive from it with a
/// tuple of tensors, whose elements have your own names:
/// <c>sealed class TwoTowers() : BayesianModule&lt;(Tensor User, Tensor Item)&gt;("TwoTowers")</c>.
/// </summary>
/// <remarks>
/// <c>Sample((user, item), 10)</c>, <c>forward((user, item))</c>, predictors and trainers take the inputs as a tuple. The members that take one
/// tensor refuse it.
/// </remarks>
/// <typeparam name="TInput">A tuple of two to four tensors.</typeparam>
public abstract class BayesianModule<TInput> : BayesianModule where TInput : struct
{
    /// <summary>Creates a module with the given name.</summary>
    /// <param name="name">The type's name, as in TorchSharp's own modules.</param>
    /// <exception cref="NotSupportedException"><typeparamref name="TInput"/> is not a tuple of two to four tensors.</exception>
    protected BayesianModule(string name) : base(name) => InputCount = InputTuple.Count<TInput>();

    /// <summary>Gets the number of inputs, 2 to 4.</summary>
    public int InputCount { get; }

    /// <summary>
    /// Computes the module's output. Your own networks override this, and a module of modules calls it on its children. Returns a new tensor, never
    /// one of the inputs.
    /// </summary>
    /// <param name="input">The inputs, <c>[1|S, B, …]</c> each: 1 while all draws share the value.</param>
    /// <param name="pass">The pass; pass it on to the children. A child that is called twice in a pass uses the same weights twice.</param>
    /// <returns><c>[1|S, B, …]</c>.</returns>
    public abstract Tensor Propagate(TInput input, Pass pass);

    /// <summary>Runs one stochastic pass, like <c>forward</c> of a module with one input, but without hooks.</summary>
    /// <param name="input">The inputs, <c>[B, …]</c> each.</param>
    /// <returns><c>[B, …]</c>; two calls differ.</returns>
    /// <exception cref="ArgumentException">The inputs do not fit the module.</exception>
    public Tensor forward(TInput input) => RunOnce(InputTuple.InputOf(input));

    /// <summary>Always throws: the module takes several inputs.</summary>
    /// <exception cref="ArgumentException">Always.</exception>
    public sealed override Tensor Propagate(Tensor input, Pass pass) => throw WrongCount(1);

    /// <summary>
    /// Creates the two parts of a pass whose first part is deterministic, to be returned from <see cref="BayesianModule.SplitFront"/>.
    /// </summary>
    /// <param name="front">Computes the front of all inputs: <c>[1, B, …]</c> each → <c>[1, B, …]</c>, a new tensor.</param>
    /// <param name="rest">Computes the rest: <c>[1, B, …]</c> → <c>[1|S, B, …]</c>, a new tensor.</param>
    protected static DeterministicFront FrontOf(Func<TInput, Pass, Tensor> front, Func<Tensor, Pass, Tensor> rest)
    {
        ArgumentNullException.ThrowIfNull(front);
        ArgumentNullException.ThrowIfNull(rest);
        return new DeterministicFront((IReadOnlyList<Tensor> inputs, Pass pass) => front(InputTuple.Of<TInput>(inputs), pass), rest);
    }

    internal sealed override Tensor PropagateInputs(IReadOnlyList<Tensor> inputs, Pass pass)
    {
        if (inputs.Count != InputCount)
            throw WrongCount(inputs.Count);
        using var scope = NewDisposeScope();
        Tensor[] values = [.. inputs.Select(input => input.AsContiguous())];
        return Propagate(InputTuple.Of<TInput>(values), pass).MoveToOuterDisposeScope();
    }

    internal sealed override Tensor PropagateInAnyLayout(Tensor input, Pass pass) => throw WrongCount(1);

    internal sealed override Moments PropagateMomentsOf(IReadOnlyList<Tensor> inputs, Pass pass) => throw MomentRules.Refuse(this, pass);

    private ArgumentException WrongCount(int count) => NetworkInput.WrongCount($"A {this.GetName()} takes", $"{InputCount} inputs", count);
}
