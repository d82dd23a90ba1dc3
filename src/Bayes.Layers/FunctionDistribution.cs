using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using Bayes.Layers.Prediction;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Represents a probability distribution over functions whose draws have names: draw k of a seed is always the same function, whatever the inputs,
/// and in whatever blocks and order draws are made. <see cref="MonteCarloPredictive"/> predicts with any such distribution, and gives it blocks
/// within a memory budget, tolerance, progress, cancellation, kept samples, and <see cref="Predictive.Merge(Predictive[])"/> across machines.
/// </summary>
/// <remarks>
/// A Bayesian model is one, an ordinary network is one with a single function (<see cref="Of(nn.Module{Tensor, Tensor})"/>), and an
/// <see cref="Ensemble"/> is one of several. Functions may take several tensors: <see cref="FunctionDraws.Apply(NetworkInput)"/>.
/// Derive from it for another: override <see cref="DrawNamed"/>, and give either <see cref="Module"/> or <see cref="Fingerprint"/>.
/// </remarks>
public abstract class FunctionDistribution
{
    /// <summary>
    /// Gets the module that holds what the functions depend on, or null if there is none. A prediction puts it into evaluation mode, and a predictor
    /// registers it as its child <c>model</c>. Null by default.
    /// </summary>
    public virtual nn.Module? Module => null;

    /// <summary>
    /// Gets the number of draws that represent the distribution exactly, as M draws do for an ensemble of M plain networks; null by default, if more
    /// draws always add something. A predictor makes so many draws unless it is told otherwise.
    /// </summary>
    public virtual int? ExactSamples => null;

    /// <summary>
    /// Gets what a reader of every prediction with these functions should know, as a sentence, such as that the chains of a sampler have not mixed;
    /// null by default. A prediction repeats it as <see cref="Predictive.Caution"/>.
    /// </summary>
    public virtual string? Caution => null;

    /// <summary>Gets the bytes that one draw takes in memory: by default those of the parameters of <see cref="Module"/>.</summary>
    public virtual long BytesPerDraw => Module?.parameters().Sum(parameter => parameter.numel() * parameter.element_size()) ?? 0;

    /// <summary>
    /// Gets whether different draws may be applied on different threads at a time; false by default. If true, a prediction on a CPU uses as many
    /// threads as torch may use.
    /// </summary>
    public virtual bool AllowsThreads => false;

    /// <summary>Returns the distribution of a network: of a Bayesian model its posterior, and of any other module the function that it is.</summary>
    /// <param name="model">
    /// The network, which stays the caller's. A module that is not a <see cref="BayesianModule"/> is run in evaluation mode, and must treat each row
    /// alone.
    /// </param>
    /// <exception cref="ArgumentException">A plain module other than <c>nn.Sequential</c> has Bayesian layers inside.</exception>
    public static FunctionDistribution Of(nn.Module<Tensor, Tensor> model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Of((nn.Module)model);
    }

    /// <summary>Returns the distribution of a network with one to four tensors as its inputs and one as its output.</summary>
    /// <exception cref="ArgumentException">
    /// The network takes or returns something else, or is a plain module with Bayesian layers inside.
    /// </exception>
    /// <inheritdoc cref="Of(nn.Module{Tensor, Tensor})"/>
    public static FunctionDistribution Of(nn.Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model switch
        {
            BayesianModule bayesian => new BayesianFunctions(bayesian),
            EnsembleMembers members => members.ToEnsemble(),
            _ => new PlainFunction(model),
        };
    }

    /// <summary>Draws functions <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> − 1 of a seed.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="count">S, how many functions; at least 1.</param>
    /// <param name="first">The number of the first one; at least 0.</param>
    /// <returns>The functions; the caller disposes them, before the distribution's module.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public FunctionDraws Draw(long seed, int count, int first = 0)
    {
        Require.FirstDraw(first, (int)Require.Positive(count));
        return DrawNamed(seed, count, first);
    }

    /// <summary>Returns the module's name and its number of parameters, or the type's name if there is no module.</summary>
    public override string ToString() => Module is { } module
        ? FormattableString.Invariant($"{module.GetName()} of {module.parameters().Sum(parameter => parameter.numel())} parameters")
        : GetType().Name;

    /// <summary>Draws functions, once the numbers are known to be within their ranges. Function k must depend on the seed and on k alone.</summary>
    /// <inheritdoc cref="Draw"/>
    protected abstract FunctionDraws DrawNamed(long seed, int count, int first);

    /// <summary>
    /// Returns a number that tells this distribution from others, so that <see cref="Predictive.Merge(Predictive[])"/> refuses predictions of
    /// different ones: by default that of the names and values in the <c>state_dict</c> of <see cref="Module"/>; of a tensor with more than 2²⁰
    /// numbers, of 16 parts of it.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no module, and the method is not overridden.</exception>
    public virtual ulong Fingerprint()
    {
        if (Module is not { } module)
            throw new InvalidOperationException($"{GetType().Name} has no Module; expected it to override {nameof(Fingerprint)}.");
        using var gates = ModuleGates.Hold(module);
        return Numerics.Fingerprint.OfModel(
            module.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => (entry.Key, entry.Value)));
    }

    /// <summary>Returns a number that tells tensors from others, by their names, types, shapes and values; the same on every machine.</summary>
    /// <param name="tensors">The tensors with their names.</param>
    protected static ulong FingerprintOf(params (string Name, Tensor Tensor)[] tensors) => Numerics.Fingerprint.Of(tensors);

    /// <summary>
    /// Returns N(0, 1) numbers of consecutive draws, each a function of seed, name, draw and place alone (<see cref="Estimators.PosteriorDraws"/>).
    /// </summary>
    /// <param name="seed">The seed.</param>
    /// <param name="name">What the numbers are for; numbers of different names are independent.</param>
    /// <param name="count">S, how many draws; at least 1.</param>
    /// <param name="first">The number of the first draw; at least 0.</param>
    /// <param name="shape">The shape of one draw.</param>
    /// <param name="dtype">The element type; single precision by default.</param>
    /// <param name="device">The device that the tensor is to be on; the CPU by default.</param>
    /// <returns><c>[S, …shape]</c>, a new tensor that belongs to the caller's dispose scope.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    protected static Tensor StandardNormal(
        long seed, string name, int count, int first, ReadOnlySpan<long> shape, ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        Require.FirstDraw(first, (int)Require.Positive(count));
        return NamedNoise.StandardNormal(seed, NamedNormals.Stream(name), first, count, shape, dtype, device ?? CPU);
    }

    /// <summary>
    /// Refuses a likelihood that the functions are not meant for, such as one of logits if they end in a sigmoid; accepts all by default.
    /// </summary>
    /// <exception cref="ArgumentException">The likelihood refuses the functions' last module.</exception>
    internal virtual void RequireFits(Likelihood likelihood)
    {
        if (Module is { } module)
            LastModule.RequireFits(module, likelihood);
    }

    /// <summary>Returns the module that a checkpoint holds.</summary>
    /// <exception cref="ArgumentException">There is none, or it does not hold all of the distribution.</exception>
    internal virtual nn.Module RequireSavable() => Module ?? throw new ArgumentException(
        $"{GetType().Name} has no module, so there is nothing of it to save; expected a distribution with one.", "distribution");

    /// <summary>Determines whether an input of this shape is one example without an axis of rows; false by default.</summary>
    /// <param name="shape">The input's shape.</param>
    internal virtual bool IsSingleExample(ReadOnlySpan<long> shape) => false;

    /// <summary>Makes the functions of one prediction ready.</summary>
    /// <param name="input">The rows of the prediction, <c>[B, …]</c> for each input.</param>
    /// <param name="request">The names of the functions.</param>
    /// <exception cref="ArgumentException">The input does not fit.</exception>
    /// <exception cref="InvalidOperationException">A row's output depends on the rows beside it.</exception>
    internal virtual FunctionSampler Prepare(NetworkInput input, DrawRequest request) =>
        new DirectSampler(this, input, request);
}
