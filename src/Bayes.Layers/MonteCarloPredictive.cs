using System.Globalization;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using Bayes.Layers.Prediction;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Predicts with a Bayesian model by Monte Carlo: draws S functions from the posterior, passes all inputs through each, and
/// sums up. Every input sees the same S functions, so a map over a grid has no seams.
/// </summary>
/// <remarks>
/// Works in blocks of draws, and within them in blocks of rows, inside a <see cref="MemoryBudget"/>, and keeps only running
/// sums: memory grows with the inputs, but neither with S nor with S times the inputs, unless the samples are kept. The blocks change
/// results by no more than rounding.
/// <para>What is deterministic at the front of the model, as plain modules before the first Bayesian layer of a <see cref="BayesianSequential"/>
/// are, runs once for each row, whatever
/// the number of draws; a module of one's own says what that is in <see cref="BayesianModule.SplitFront"/>. The front's output is kept while the
/// draws pass: half of the budget at most,
/// for as many rows at a time as fit. Only with a tolerance, and if the rows do not fit at once, the front runs anew for every 32 draws.</para>
/// <para>Draws have names (<see cref="PosteriorDraws"/>): draw k of a seed is the same function on every machine, so several can
/// share the work, each with its own <c>firstDraw</c>, and <see cref="Predictive.Merge(Predictive[])"/> puts it together.</para>
/// <para>No gradient is recorded, and the model is in evaluation mode for the time of the call. Several threads may predict with one model at a
/// time: the last one puts the mode back
/// (decision 27). While <c>VariationalTrainer.Fit</c> trains the model, only the training thread can predict with it, for example from
/// progress.</para>
/// <para>Before the first prediction with a model for inputs of some shape, one that is not a fully connected network in managed code is run on
/// three rows, to see how much memory a row takes,
/// and that a row's output does not depend on the rows beside it.</para>
/// <para>On a CPU the blocks are spread over as many threads as torch was allowed (<c>torch.set_num_threads</c>) where the work takes more than a
/// few
/// milliseconds, and the likelihood, the model and all modules in it are this library's or plain ones of TorchSharp's without state and hooks. A
/// module of one's own may keep
/// something between calls, and so has a model that holds one run on the calling thread alone. The number of threads changes neither draws nor
/// blocks.</para>
/// <para>Also on a CPU, in single precision, fully connected networks of this library's and TorchSharp's own layers and usual activations, without
/// hooks, are passed through in managed code,
/// some times as fast as by torch's operations (decision 18): up to rounding with the same results.</para>
/// <para>Holds the model as its child <c>model</c>, for <c>to</c> and <c>parameters</c>; disposing it leaves the model, which is the caller's
/// (decision 23).</para>
/// </remarks>
public sealed class MonteCarloPredictive : nn.Module<Tensor, Predictive>
{
    // Draws between two looks at the standard error; the first look is after so many, since a few draws tell little of their spread.
    private const int DrawsBetweenLooks = 32;

    private const int UsualSamples = 100;

    private readonly FunctionDistribution _distribution;
    private readonly long? _seed;
    private readonly MemoryBudget _budget;
    private readonly bool _isMade;
    private bool _isEnding;

    /// <summary>A predictor.</summary>
    /// <param name="model">The model.</param>
    /// <param name="likelihood">p(y | f): that of the loss the model was trained with.</param>
    /// <param name="samples">S, the number of draws; at least 1, and at least 2 for an epistemic standard deviation. With a tolerance, the
    /// most.</param>
    /// <param name="seed">
    /// With a seed every call draws the same functions, whatever the inputs, and torch's global generators are left alone;
    /// without, each call takes one from the global generator of the CPU, and <see cref="Predictive.Seed"/> tells it.
    /// </param>
    /// <param name="budget">The memory to work in; <see cref="MemoryBudget.Default"/> of this moment by default.</param>
    /// <param name="tolerance">
    /// Draw only until the Monte Carlo standard error of every mean is below this, in the target's unit; looked at after every 32
    /// draws. Above 0; without one, all S draws are made. Inputs with NaN are left out of account. The error is estimated from
    /// the draws themselves: what only one function in a hundred says may not have been drawn yet when it looks exact.
    /// </param>
    /// <exception cref="ArgumentException">The model ends in a module that the likelihood is not meant for, such as a sigmoid before a likelihood
    /// of logits.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public MonteCarloPredictive(
        BayesianModule model, Likelihood likelihood, int samples = 100, long? seed = null, MemoryBudget? budget = null, double? tolerance = null)
        : this(FunctionDistribution.Of(model), likelihood, samples, seed, budget, tolerance)
    {
    }

    /// <summary>Creates a predictor for any distribution over functions, such as an <see cref="Ensemble"/>.</summary>
    /// <param name="distribution">The distribution over functions. It stays the caller's.</param>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="samples">
    /// S, the number of draws; at least 1. By default the distribution's <see cref="FunctionDistribution.ExactSamples"/>, or 100 if it has none.
    /// </param>
    /// <param name="seed">As for a model.</param>
    /// <param name="budget">The memory to work in; <see cref="MemoryBudget.Default"/> of this moment by default.</param>
    /// <param name="tolerance">As for a model.</param>
    /// <exception cref="ArgumentException">The functions end in a module that the likelihood is not meant for.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public MonteCarloPredictive(
        FunctionDistribution distribution, Likelihood likelihood, int? samples = null, long? seed = null, MemoryBudget? budget = null,
        double? tolerance = null)
        : base(nameof(MonteCarloPredictive))
    {
        ArgumentNullException.ThrowIfNull(distribution);
        ArgumentNullException.ThrowIfNull(likelihood);
        distribution.RequireFits(likelihood);
        _distribution = distribution;
        _seed = seed;
        _budget = budget ?? MemoryBudget.Default;
        Likelihood = likelihood;
        Samples = (int)Require.Positive(samples ?? distribution.ExactSamples ?? UsualSamples, nameof(samples));
        Tolerance = tolerance is { } value ? Require.PositiveAndFinite(value, nameof(tolerance)) : null;
        if (distribution.Module is { } module)
            register_module("model", module);
        if (likelihood.Parameters is { } learned)
            register_module("likelihood", learned);
        _isMade = true;
    }

    /// <summary>p(y | f).</summary>
    public Likelihood Likelihood { get; }

    /// <summary>S, the number of draws; with a tolerance, the most.</summary>
    public int Samples { get; }

    /// <summary>The Monte Carlo standard error that is exact enough, in the target's unit; none if all draws are to be made.</summary>
    public double? Tolerance { get; }

    /// <inheritdoc/>
    public override IEnumerable<(string name, nn.Module module)> named_modules() => _isEnding ? [] : base.named_modules();

    /// <summary>Frees what is the predictor's own; the model and the likelihood stay the caller's.</summary>
    /// <param name="disposing">Whether it is disposed, and not collected.</param>
    protected override void Dispose(bool disposing)
    {
        // A module of TorchSharp disposes its children.
        _isEnding = true;
        // TorchSharp keeps the native part of a module that is collected, and predictors are often made for one call.
        base.Dispose(disposing || _isMade);
    }

    /// <summary>Predicts.</summary>
    /// <param name="input"><c>[B, …]</c>, at least one row.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    /// <exception cref="ArgumentException">The input does not fit the model.</exception>
    /// <exception cref="InvalidOperationException">A module mixes the rows of a batch, or another thread trains the model.</exception>
    public override Predictive forward(Tensor input) => Predict(input);

    /// <summary>Predicts, with all that can be asked for.</summary>
    /// <param name="input"><c>[B, …]</c>, at least one row.</param>
    /// <param name="target">y, <c>[B, …]</c>, as the likelihood takes it: for <see cref="Predictive.LogPredictiveDensity"/>.</param>
    /// <param name="keepSamples">
    /// Whether the outputs of all draws are kept, <c>[S, B, …]</c>: for quantiles and intervals. Takes S times the memory of one
    /// draw's outputs, beside the budget.
    /// </param>
    /// <param name="firstDraw">
    /// The number of the first draw: draws are <paramref name="firstDraw"/> to <paramref name="firstDraw"/> + S − 1. Above 0 only with a seed.
    /// </param>
    /// <param name="progress">Told after every block, on this thread and inside the call: tensors that it makes are disposed with the call's
    /// own.</param>
    /// <param name="cancellationToken">Ends the work between two blocks; nothing is left behind.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    /// <exception cref="ArgumentException">The input or the target does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="firstDraw"/> is below 0, or the draws would have no numbers.</exception>
    /// <exception cref="InvalidOperationException">A module mixes the rows of a batch, or another thread trains the model.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Predictive Predict(
        Tensor input,
        Tensor? target = null,
        bool keepSamples = false,
        int firstDraw = 0,
        IProgress<PredictiveProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        return Predict(input, target, keepSamples, functions: null, firstDraw, progress, cancellationToken);
    }

    /// <summary>
    /// Predicts the rows of all batches with the same functions: the prediction is that of all rows at once, while only one batch and the results
    /// are in memory.
    /// </summary>
    /// <param name="batches">
    /// Inputs, <c>[B, …]</c> each, at least one. A tensor that is made while a batch is asked for is disposed after its prediction; those that were
    /// there before stay.
    /// </param>
    /// <param name="keepSamples">Whether the outputs of all draws are kept, as for one batch.</param>
    /// <param name="firstDraw">The number of the first draw. Above 0 only with a seed.</param>
    /// <param name="cancellationToken">Ends the work between two blocks; nothing is left behind.</param>
    /// <returns>A prediction of all rows, in the order of the batches, that the caller disposes.</returns>
    /// <exception cref="ArgumentException">There is no batch, or one does not fit.</exception>
    /// <exception cref="InvalidOperationException">The predictor has a tolerance, with which each batch would end at a draw of its own.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Predictive Predict(IEnumerable<Tensor> batches, bool keepSamples = false, int firstDraw = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return PredictBatches(batches.Select(input => (input, (Tensor?)null)), keepSamples, firstDraw, cancellationToken);
    }

    /// <summary>Predicts the rows of all batches, with their targets for <see cref="Predictive.LogPredictiveDensity"/>.</summary>
    /// <param name="batches">Inputs and targets, <c>[B, …]</c> each, at least one pair. Disposed as the inputs of the other overload are.</param>
    /// <param name="keepSamples">Whether the outputs of all draws are kept, as for one batch.</param>
    /// <param name="firstDraw">The number of the first draw. Above 0 only with a seed.</param>
    /// <param name="cancellationToken">Ends the work between two blocks; nothing is left behind.</param>
    /// <inheritdoc cref="Predict(IEnumerable{Tensor}, bool, int, CancellationToken)"/>
    public Predictive Predict(
        IEnumerable<(Tensor Input, Tensor Target)> batches, bool keepSamples = false, int firstDraw = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return PredictBatches(batches.Select(batch => (batch.Input, (Tensor?)batch.Target)), keepSamples, firstDraw, cancellationToken);
    }

    /// <summary>
    /// Predicts the rows of a loader whose items are lists, as those of TorchSharp's <c>TensorDataset</c> are: the input, and the target if there
    /// is a second tensor. Of a
    /// loader whose items are dictionaries, predict <c>loader.Select(item => item["…"])</c>.
    /// </summary>
    /// <param name="loader">The loader, which owns its batches. Not disposed. Rows are predicted in its order: it should not shuffle.</param>
    /// <param name="keepSamples">Whether the outputs of all draws are kept, as for one batch.</param>
    /// <param name="firstDraw">The number of the first draw. Above 0 only with a seed.</param>
    /// <param name="cancellationToken">Ends the work between two blocks; nothing is left behind.</param>
    /// <inheritdoc cref="Predict(IEnumerable{Tensor}, bool, int, CancellationToken)"/>
    public Predictive Predict(
        DataLoader<IList<Tensor>, IList<Tensor>> loader, bool keepSamples = false, int firstDraw = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(loader);
        return PredictBatches(loader.Select(Batch), keepSamples, firstDraw, cancellationToken);

        static (Tensor Input, Tensor? Target) Batch(IList<Tensor> item) => item.Count is 1 or 2
            ? (item[0], item.Count == 2 ? item[1] : null)
            : throw new InvalidOperationException($"The loader gave {item.Count} tensors a batch; expected 1, the input, or 2, the input and the target.");
    }

    /// <summary>The model, the likelihood and how many draws are made, with what seed and in how much memory.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"MonteCarloPredictive({_distribution}, {Likelihood}, samples={Samples}, "
        + $"seed={_seed?.ToString(CultureInfo.InvariantCulture) ?? "none"}, budget={_budget.Bytes >> 20} MiB{(Tolerance is { } tolerance ? $", tolerance={tolerance}" : "")})");

    // All batches meet the functions of one seed.
    private Predictive PredictBatches(
        IEnumerable<(Tensor Input, Tensor? Target)> batches, bool keepSamples, int firstDraw, CancellationToken cancellationToken)
    {
        RequireNames(firstDraw);
        if (Tolerance is { } tolerance)
            throw new InvalidOperationException(FormattableString.Invariant(
                $"The predictor has a tolerance of {tolerance}, with which each batch would end at a draw of its own; predict batches without a tolerance."));
        var parts = new List<Predictive>();
        using var scope = NewDisposeScope();
        Functions? functions = null;
        foreach (var (input, target) in batches)
        {
            functions ??= NewFunctions();
            parts.Add(Predict(input, target, keepSamples, functions, firstDraw, progress: null, cancellationToken));
            foreach (var tensor in new[] { input, target })
                if (tensor is not null && scope.Contains(tensor))
                    tensor.Dispose();
        }
        return parts.Count > 0
            ? Predictive.Concatenate(parts).MoveToOuterDisposeScope()
            : throw new ArgumentException("There are no batches; expected at least one.", nameof(batches));
    }

    private Predictive Predict(
        Tensor input, Tensor? target, bool keepSamples, Functions? functions, int firstDraw, IProgress<PredictiveProgress>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        BayesianModule.RequireBatch(input);
        if (_distribution.IsSingleExample(input.shape))
            throw new ArgumentException(
                $"The input has shape {Shapes.Describe(input.shape)}, one example without an axis of rows; expected [batch, …]: a single row needs unsqueeze(0).", nameof(input));
        RequireNames(firstDraw);
        long rows = input.shape[0];
        Require.OneForEachRow(target, rows);
        cancellationToken.ThrowIfCancellationRequested();
        using var noGrad = no_grad();
        using var evaluation = _distribution.Module is { } module ? ModuleMode.Evaluation(module) : null;
        using var scope = NewDisposeScope();

        var (seed, fingerprint) = functions ?? NewFunctions();
        using var sampler = _distribution.Prepare(input, seed, Samples, firstDraw);
        var plan = PredictionPlan.Of(sampler, Likelihood, rows, Samples, _budget);
        // A second native thread of this one would spin beside the workers, and keep one of them from its core.
        using var one = plan.Threads > 1 ? TorchThreads.One() : null;
        if (plan.SharesNumbers)
            sampler.Share();
        using var moments = new PredictiveMoments(Likelihood.Frozen(), rows, target);
        using var samples = keepSamples ? new KeptSamples(Samples, rows, mayEndEarly: Tolerance is not null) : null;
        using var front = new FrontValues(sampler.Front, input, plan.RowsKept, plan.FrontRowsPerPass, plan.Threads, cancellationToken);
        var passes = new PredictionPasses(sampler, plan, front, rows, Samples, moments, samples, progress, cancellationToken);
        for (int done = 0; done < Samples && !IsExact(moments); done = moments.Samples)
            passes.Run(done, Tolerance is null ? Samples : Math.Min(Samples, done + DrawsBetweenLooks));
        var provenance = new Provenance(
            seed, DrawRanges.From(firstDraw, moments.Samples), fingerprint, Fingerprint.Of(input), target is null ? null : Fingerprint.Of(target));
        return moments.ToPredictive(provenance, samples?.Take(moments.Samples)).MoveToOuterDisposeScope();
    }

    private void RequireNames(int firstDraw)
    {
        Require.FirstDraw(firstDraw, Samples);
        if (firstDraw > 0 && _seed is null)
            throw new ArgumentException(
                $"firstDraw is {firstDraw} without a seed; expected a seed in the constructor, of which these are the later draws.", nameof(firstDraw));
    }

    // Looks are at fixed numbers of draws, so that the budget does not change how many there are.
    private bool IsExact(PredictiveMoments moments) =>
        Tolerance is { } tolerance && moments.Samples > 0 && moments.Samples % DrawsBetweenLooks == 0 && moments.LargestStandardError() < tolerance;

    private Functions NewFunctions() => new(_seed ?? TorchNoise.GlobalSeed(), _distribution.Fingerprint());

    /// <summary>Which functions predict.</summary>
    /// <param name="Seed">The seed of the draws.</param>
    /// <param name="Distribution">Tells the distribution from others.</param>
    private readonly record struct Functions(long Seed, ulong Distribution);
}
