using System.Globalization;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Prediction;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Predicts by Monte Carlo: draws S functions from the posterior of a model, or from any other distribution over functions, passes all inputs
/// through each, and sums up. Every input sees the same S functions, so a map over a grid has no seams.
/// </summary>
/// <remarks>
/// Works in blocks of draws, and within them in blocks of rows, inside a <see cref="MemoryBudget"/>, and keeps only running sums. So memory grows
/// with the inputs, but not with S unless the samples are kept. The blocks change results by no more than rounding.
/// <para>The deterministic front of a model, such as plain modules before the first Bayesian layer of a <see cref="BayesianSequential"/>, runs once
/// for each row, for any number of draws; a module of your own defines its front in <see cref="BayesianModule.SplitFront"/>. The output of the front
/// is kept while the draws pass, in at most half of the budget, for as many rows at a time as fit. Only with a tolerance, and if the rows do not fit
/// at once, the front runs again for every 32 draws.</para>
/// <para>Draws have names (<see cref="PosteriorDraws"/>): draw k of a seed is the same function on every machine. So several machines can share the
/// work, each with its own <c>firstDraw</c>, and <see cref="Predictive.Merge(Predictive[])"/> puts the parts together.</para>
/// <para>No gradient is recorded, and the model is in evaluation mode during the call. Several threads may predict with one model at a time: the
/// last one restores the mode (decision 27). While <c>VariationalTrainer.Fit</c> trains the model, only the training thread can predict with it, for
/// example from progress.</para>
/// <para>Before the first prediction for inputs of some shape, a model that managed code does not compute is run on three rows, to measure the
/// memory of a row, and to check that the output of a row does not depend on the rows beside it.</para>
/// <para>On a CPU, the blocks are spread over as many threads as torch may use (<c>torch.set_num_threads</c>), if the work takes more than a few
/// milliseconds, and if the likelihood, the model and all modules in it are this library's or plain modules of TorchSharp without state and hooks. A
/// module of your own may keep state between calls, so a model that contains one runs on the calling thread alone. The number of threads changes
/// neither draws nor blocks.</para>
/// <para>Also on a CPU, in single precision, managed code computes fully connected networks of this library's and TorchSharp's own layers and usual
/// activations without hooks, several times as fast as torch's operations (decision 18): up to rounding with the same results.</para>
/// <para>A predictor with a seed keeps the drawn weights of a small such network, at most 32 MiB, for further calls with up to 16 rows, as a
/// service makes them. It sees every change of the model's values (decision 58).</para>
/// <para>Registers the model as its child <c>model</c>, for <c>to</c> and <c>parameters</c>, but does not dispose it: it stays the caller's
/// (decision 23).</para>
/// </remarks>
public sealed class MonteCarloPredictive : nn.Module<Tensor, Predictive>
{
    private const int UsualSamples = 100;

    private readonly FunctionDistribution _distribution;
    private readonly long? _seed;
    private readonly MemoryBudget _budget;
    private readonly bool _isMade;
    private bool _isEnding;

    /// <summary>Creates a predictor for a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="likelihood">p(y | f): that of the loss the model was trained with.</param>
    /// <param name="samples">S, the number of draws; at least 1, and at least 2 for an epistemic standard deviation. With a tolerance, the
    /// most.</param>
    /// <param name="seed">
    /// With a seed, every call draws the same functions for any inputs, and leaves torch's global generators alone. Without one, each call takes a
    /// seed from the global generator of the CPU, and <see cref="Predictive.Seed"/> returns it.
    /// </param>
    /// <param name="budget">The memory to work in; the current <see cref="MemoryBudget.Default"/> by default.</param>
    /// <param name="tolerance">
    /// The Monte Carlo standard error of every mean, in the target's unit, below which drawing ends; checked after every 32 draws. Above 0; by
    /// default all S draws are made. Inputs with NaN are ignored. The error is estimated from the draws themselves: a function that one draw in a
    /// hundred gives may be missing when the mean seems exact.
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
    /// <param name="budget">The memory to work in; the current <see cref="MemoryBudget.Default"/> by default.</param>
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

    /// <summary>Gets p(y | f).</summary>
    public Likelihood Likelihood { get; }

    /// <summary>Gets S, the number of draws; with a tolerance, the largest number.</summary>
    public int Samples { get; }

    /// <summary>Gets the Monte Carlo standard error that is exact enough, in the target's unit; null if all draws are made.</summary>
    public double? Tolerance { get; }

    /// <inheritdoc/>
    public override IEnumerable<(string name, nn.Module module)> named_modules() => _isEnding ? [] : base.named_modules();

    /// <summary>Frees the predictor's own native part; the model and the likelihood stay the caller's.</summary>
    /// <param name="disposing">True if the predictor is disposed, and false if it is finalized.</param>
    protected override void Dispose(bool disposing)
    {
        // TorchSharp's modules dispose their children.
        _isEnding = true;
        // TorchSharp leaks the native part of a module that is finalized, and predictors are often made for one call.
        base.Dispose(disposing || _isMade);
    }

    /// <summary>Predicts.</summary>
    /// <param name="input"><c>[B, …]</c>, at least one row.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    /// <exception cref="ArgumentException">The input does not fit the model.</exception>
    /// <exception cref="InvalidOperationException">A module mixes the rows of a batch, or another thread trains the model.</exception>
    public override Predictive forward(Tensor input) => Predict(input);

    /// <summary>Predicts, with all options.</summary>
    /// <param name="input"><c>[B, …]</c>, at least one row.</param>
    /// <param name="target">y, <c>[B, …]</c>, as the likelihood takes it: for <see cref="Predictive.LogPredictiveDensity"/>.</param>
    /// <param name="keepSamples">
    /// Whether to keep the outputs of all draws, <c>[S, B, …]</c>, for quantiles and intervals. They take S times the memory of the outputs of one
    /// draw, in addition to the budget.
    /// </param>
    /// <param name="firstDraw">
    /// The number of the first draw: draws are <paramref name="firstDraw"/> to <paramref name="firstDraw"/> + S − 1. Above 0 only with a seed.
    /// </param>
    /// <param name="progress">
    /// Receives a report after every block, on this thread and inside the call, which also disposes tensors that it makes.
    /// </param>
    /// <param name="cancellationToken">Ends the work between two blocks; nothing is left behind.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    /// <exception cref="ArgumentException">The input or the target does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="firstDraw"/> is below 0, or the number of the last draw is out of range.
    /// </exception>
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
        return Predict(input, target, keepSamples, run: null, firstDraw, progress, cancellationToken);
    }

    /// <summary>Predicts with a network that takes one or several tensors.</summary>
    /// <param name="input">The inputs, <c>[B, …]</c> each, at least one row: <c>Predict((numbers, words))</c>.</param>
    /// <param name="target">y, <c>[B, …]</c>, as the likelihood takes it: for <see cref="Predictive.LogPredictiveDensity"/>.</param>
    /// <param name="keepSamples">Whether to keep the outputs of all draws, as for one tensor.</param>
    /// <param name="firstDraw">The number of the first draw. Above 0 only with a seed.</param>
    /// <param name="progress">
    /// Receives a report after every block, on this thread and inside the call, which also disposes tensors that it makes.
    /// </param>
    /// <param name="cancellationToken">Ends the work between two blocks; nothing is left behind.</param>
    /// <inheritdoc cref="Predict(Tensor, Tensor?, bool, int, IProgress{PredictiveProgress}?, CancellationToken)"/>
    public Predictive Predict(
        NetworkInput input,
        Tensor? target = null,
        bool keepSamples = false,
        int firstDraw = 0,
        IProgress<PredictiveProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        return Predict(input, target, keepSamples, run: null, firstDraw, progress, cancellationToken);
    }

    /// <summary>
    /// Predicts the rows of all batches with the same functions. The prediction equals that of all rows at once, but only one batch and the results
    /// are in memory.
    /// </summary>
    /// <param name="batches">
    /// Inputs, <c>[B, …]</c> each, at least one. A tensor that the sequence makes for a batch is disposed after its prediction; one that existed
    /// before is not.
    /// </param>
    /// <param name="keepSamples">Whether to keep the outputs of all draws, as for one batch.</param>
    /// <param name="firstDraw">The number of the first draw. Above 0 only with a seed.</param>
    /// <param name="cancellationToken">Ends the work between two blocks; nothing is left behind.</param>
    /// <returns>A prediction of all rows, in the order of the batches, that the caller disposes.</returns>
    /// <exception cref="ArgumentException">There is no batch, or one does not fit.</exception>
    /// <exception cref="InvalidOperationException">The predictor has a tolerance, which would end each batch at another draw.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Predictive Predict(IEnumerable<Tensor> batches, bool keepSamples = false, int firstDraw = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return PredictBatches(batches.Select(input => ((NetworkInput)input, (Tensor?)null)), keepSamples, firstDraw, cancellationToken);
    }

    /// <summary>Predicts the rows of all batches of one or several inputs.</summary>
    /// <param name="batches">The inputs of each batch, at least one. Tensors are disposed as by the other overload.</param>
    /// <param name="keepSamples">Whether to keep the outputs of all draws, as for one batch.</param>
    /// <param name="firstDraw">The number of the first draw. Above 0 only with a seed.</param>
    /// <param name="cancellationToken">Ends the work between two blocks; nothing is left behind.</param>
    /// <inheritdoc cref="Predict(IEnumerable{Tensor}, bool, int, CancellationToken)"/>
    public Predictive Predict(
        IEnumerable<NetworkInput> batches, bool keepSamples = false, int firstDraw = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return PredictBatches(batches.Select(input => (input, (Tensor?)null)), keepSamples, firstDraw, cancellationToken);
    }

    /// <summary>Predicts the rows of all batches, with their targets for <see cref="Predictive.LogPredictiveDensity"/>.</summary>
    /// <param name="batches">Inputs and targets, <c>[B, …]</c> each, at least one pair. Disposed like the inputs of the other overload.</param>
    /// <param name="keepSamples">Whether to keep the outputs of all draws, as for one batch.</param>
    /// <param name="firstDraw">The number of the first draw. Above 0 only with a seed.</param>
    /// <param name="cancellationToken">Ends the work between two blocks; nothing is left behind.</param>
    /// <inheritdoc cref="Predict(IEnumerable{Tensor}, bool, int, CancellationToken)"/>
    public Predictive Predict(
        IEnumerable<(Tensor Input, Tensor Target)> batches, bool keepSamples = false, int firstDraw = 0,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return PredictBatches(
            batches.Select(batch => ((NetworkInput)batch.Input, (Tensor?)batch.Target)), keepSamples, firstDraw, cancellationToken);
    }

    /// <summary>
    /// Predicts the rows of all batches of one or several inputs, with their targets for <see cref="Predictive.LogPredictiveDensity"/>.
    /// </summary>
    /// <param name="batches">Inputs and targets, at least one pair. Tensors are disposed as by the other overloads.</param>
    /// <param name="keepSamples">Whether to keep the outputs of all draws, as for one batch.</param>
    /// <param name="firstDraw">The number of the first draw. Above 0 only with a seed.</param>
    /// <param name="cancellationToken">Ends the work between two blocks; nothing is left behind.</param>
    /// <inheritdoc cref="Predict(IEnumerable{Tensor}, bool, int, CancellationToken)"/>
    public Predictive Predict(
        IEnumerable<(NetworkInput Input, Tensor Target)> batches, bool keepSamples = false, int firstDraw = 0,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return PredictBatches(batches.Select(batch => (batch.Input, (Tensor?)batch.Target)), keepSamples, firstDraw, cancellationToken);
    }

    /// <summary>
    /// Predicts the rows of a loader whose items are lists, like those of TorchSharp's <c>TensorDataset</c>: the input, and the target if there is a
    /// second tensor. For a loader whose items are dictionaries, predict <c>loader.Select(item => item["…"])</c>.
    /// </summary>
    /// <param name="loader">
    /// The loader, which owns its batches and is not disposed. Rows are predicted in its order, so it should not shuffle.
    /// </param>
    /// <param name="keepSamples">Whether to keep the outputs of all draws, as for one batch.</param>
    /// <param name="firstDraw">The number of the first draw. Above 0 only with a seed.</param>
    /// <param name="cancellationToken">Ends the work between two blocks; nothing is left behind.</param>
    /// <inheritdoc cref="Predict(IEnumerable{Tensor}, bool, int, CancellationToken)"/>
    public Predictive Predict(
        DataLoader<IList<Tensor>, IList<Tensor>> loader, bool keepSamples = false, int firstDraw = 0, CancellationToken cancellationToken = default)
    {
        return Predict(loader, inputs: 1, keepSamples, firstDraw, cancellationToken);
    }

    /// <summary>
    /// Predicts the rows of a loader whose items are lists: the given number of inputs, and the target if there is one more tensor.
    /// </summary>
    /// <param name="loader">
    /// The loader, which owns its batches and is not disposed. Rows are predicted in its order, so it should not shuffle.
    /// </param>
    /// <param name="inputs">The number of inputs, 1 to 4.</param>
    /// <param name="keepSamples">Whether to keep the outputs of all draws, as for one batch.</param>
    /// <param name="firstDraw">The number of the first draw. Above 0 only with a seed.</param>
    /// <param name="cancellationToken">Ends the work between two blocks; nothing is left behind.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="inputs"/> is outside 1 to 4.</exception>
    /// <inheritdoc cref="Predict(IEnumerable{Tensor}, bool, int, CancellationToken)"/>
    public Predictive Predict(
        DataLoader<IList<Tensor>, IList<Tensor>> loader, int inputs, bool keepSamples = false, int firstDraw = 0,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(loader);
        Require.Between(inputs, 1, NetworkInput.Most);
        return PredictBatches(loader.Select(Batch), keepSamples, firstDraw, cancellationToken);

        (NetworkInput Input, Tensor? Target) Batch(IList<Tensor> item) => item.Count == inputs || item.Count == inputs + 1
            ? (new NetworkInput([.. item.Take(inputs)]), item.Count > inputs ? item[inputs] : null)
            : throw new InvalidOperationException(
                $"The loader gave {item.Count} tensors a batch; expected {inputs}, the {(inputs == 1 ? "input" : "inputs")}, "
                + $"or {inputs + 1}, the {(inputs == 1 ? "input" : "inputs")} and the target.");
    }

    /// <summary>Describes the model, the likelihood, the number of draws, the seed and the memory budget.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"MonteCarloPredictive({_distribution}, {Likelihood}, samples={Samples}, "
        + $"seed={_seed?.ToString(CultureInfo.InvariantCulture) ?? "none"}, budget={_budget.Bytes >> 20} MiB"
        + $"{(Tolerance is { } tolerance ? $", tolerance={tolerance}" : "")})");

    // All batches use the functions of one seed.
    private Predictive PredictBatches(
        IEnumerable<(NetworkInput Input, Tensor? Target)> batches, bool keepSamples, int firstDraw, CancellationToken cancellationToken)
    {
        RequireNames(firstDraw);
        if (Tolerance is { } tolerance)
            throw new InvalidOperationException(FormattableString.Invariant(
                $"The predictor has a tolerance of {tolerance}, which would end each batch at another draw; predict batches without a tolerance."));
        var parts = new List<Predictive>();
        using var scope = NewDisposeScope();
        PredictionRun? run = null;
        foreach (var (input, target) in batches)
        {
            run ??= NewRun(firstDraw);
            parts.Add(Predict(input, target, keepSamples, run, firstDraw, progress: null, cancellationToken));
            foreach (var tensor in input.Tensors.Append(target))
                if (tensor is not null && scope.Contains(tensor))
                    tensor.Dispose();
        }
        return parts.Count > 0
            ? Predictive.Concatenate(parts).MoveToOuterDisposeScope()
            : throw new ArgumentException("There are no batches; expected at least one.", nameof(batches));
    }

    private Predictive Predict(
        NetworkInput input, Tensor? target, bool keepSamples, PredictionRun? run, int firstDraw, IProgress<PredictiveProgress>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        input.RequireBatch();
        if (input.Count == 1 && _distribution.IsSingleExample(input[0].shape))
            throw new ArgumentException(
                $"The input has shape {Shapes.Describe(input[0].shape)}, one example without an axis of rows; expected [batch, …]: "
                + "a single row needs unsqueeze(0).", nameof(input));
        RequireNames(firstDraw);
        Require.OneForEachRow(target, input.Rows);
        cancellationToken.ThrowIfCancellationRequested();
        return (run ?? NewRun(firstDraw)).Predict(input, target, keepSamples, progress, cancellationToken);
    }

    private void RequireNames(int firstDraw)
    {
        Require.FirstDraw(firstDraw, Samples);
        if (firstDraw > 0 && _seed is null)
            throw new ArgumentException($"firstDraw is {firstDraw} without a seed; expected a seed in the constructor.", nameof(firstDraw));
    }

    private PredictionRun NewRun(int firstDraw) =>
        new(_distribution, Likelihood, Samples, firstDraw, _budget, Tolerance) { Seed = _seed ?? TorchNoise.GlobalSeed() };
}
