using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using TorchSharp.Utils;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Predicts with a Bayesian model by Monte Carlo: draws S functions from the posterior, passes all inputs through each, and
/// sums up. Every input sees the same S functions, so a map over a grid has no seams.
/// </summary>
/// <remarks>
/// Works in blocks of draws, and within them in blocks of inputs, inside a <see cref="MemoryBudget"/>, and keeps only running
/// sums: memory grows with the inputs, but neither with S nor with S times the inputs, unless the samples are kept. The blocks change
/// results by no more than rounding.
/// <para>Draws have names (<see cref="PosteriorDraws"/>): draw k of a seed is the same function on every machine, so several can
/// share the work, each with its own <c>firstDraw</c>, and <see cref="Predictive.Merge"/> puts it together.</para>
/// <para>No gradient is recorded, and the model is in evaluation mode for the time of the call; to predict from several threads at
/// once, call <c>model.eval()</c> before, since that mode is the model's, not the call's. Before its first prediction for inputs of
/// some shape the model is run once on one input, to see how much memory it takes.</para>
/// <para>On a CPU the blocks are spread over as many threads as torch was allowed (<c>torch.set_num_threads</c>) where the work takes more than a few
/// milliseconds, and the likelihood, the model and all modules in it are this library's or plain ones of TorchSharp's without state and hooks. A module of one's own may keep
/// something between calls, and so has a model that holds one run on the calling thread alone. The number of threads changes neither draws nor blocks.</para>
/// <para>Also on a CPU, in single precision, fully connected networks of this library's and TorchSharp's own layers and usual activations, without hooks, are passed through in managed code,
/// some times as fast as by torch's operations (decision 18): up to rounding with the same results.</para>
/// <para>Holds the model as its child <c>model</c>, for <c>to</c> and <c>parameters</c>; disposing it leaves the model, which is the caller's (decision 23).</para>
/// </remarks>
public sealed class MonteCarloPredictive : nn.Module<Tensor, Predictive>
{
    // Draws between two looks at the standard error; the first look is after so many, since a few draws tell little of their spread.
    private const int DrawsBetweenLooks = 32;

    // Of the values between layers some are held at a time: a layer's input and output, and copies in another layout.
    private const int ValuesHeld = 4;

    // What weights and values take in all, from which on starting threads is little beside it: some milliseconds' work.
    private const double WorthThreads = 16 << 20;

    // What summing up takes for an element of the output: some copies in double precision.
    private const int BytesToSumUp = 8 * sizeof(double);

    // Named as its key, so that TorchSharp does not register the field a second time.
    [ComponentName(Name = "model")]
    private readonly BayesianModule _model;
    private readonly long? _seed;
    private readonly MemoryBudget _budget;
    private readonly bool _isMade;
    private RowSize? _probed;
    private bool _isEnding;

    /// <summary>A predictor.</summary>
    /// <param name="model">The model.</param>
    /// <param name="likelihood">p(y | f): that of the loss the model was trained with.</param>
    /// <param name="samples">S, the number of draws; at least 1, and at least 2 for an epistemic standard deviation. With a tolerance, the most.</param>
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
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public MonteCarloPredictive(
        BayesianModule model, Likelihood likelihood, int samples = 100, long? seed = null, MemoryBudget? budget = null, double? tolerance = null)
        : base(nameof(MonteCarloPredictive))
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(likelihood);
        _model = model;
        _seed = seed;
        _budget = budget ?? MemoryBudget.Default;
        Likelihood = likelihood;
        Samples = (int)Require.Positive(samples);
        Tolerance = tolerance is { } value ? Require.PositiveAndFinite(value, nameof(tolerance)) : null;
        register_module("model", model);
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
    /// <param name="progress">Told after every block, on this thread and inside the call: tensors that it makes are disposed with the call's own.</param>
    /// <param name="cancellationToken">Ends the work between two blocks; nothing is left behind.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    /// <exception cref="ArgumentException">The input or the target does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="firstDraw"/> is below 0, or the draws would have no numbers.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Predictive Predict(
        Tensor input,
        Tensor? target = null,
        bool keepSamples = false,
        int firstDraw = 0,
        IProgress<PredictiveProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        BayesianModule.RequireBatch(input);
        if (_model.IsSingleExample(input.shape))
            throw new ArgumentException(
                $"The input has shape {Shapes.Describe(input.shape)}, one example without an axis of rows; expected [batch, …]: a single row needs unsqueeze(0).", nameof(input));
        Require.FirstDraw(firstDraw, Samples);
        if (firstDraw > 0 && _seed is null)
            throw new ArgumentException(
                $"firstDraw is {firstDraw} without a seed; expected a seed in the constructor, of which these are the later draws.", nameof(firstDraw));
        long rows = input.shape[0];
        Require.OneForEachRow(target, rows);
        cancellationToken.ThrowIfCancellationRequested();
        using var noGrad = no_grad();
        using var evaluation = ModuleMode.Evaluation(_model);
        using var scope = NewDisposeScope();

        long seed = _seed ?? TorchNoise.GlobalSeed();
        var work = Measure(input);
        var dense = DenseNetwork.TryOf(_model, input);
        bool isStateless = StatelessModules.AreAll(_model);
        bool isOnCpu = IsOnCpu(input), isWorthThreads = dense?.IsWorthThreads(Samples, rows) ?? work.IsWorthThreads;
        int threads = isStateless && IsOurs(Likelihood) && isWorthThreads && isOnCpu ? TorchThreads.Usable : 1;
        var sizes = dense is null
            ? PassSizes.Within(_budget, Samples, rows, work.BytesPerDraw, work.BytesPerRow, threads, isOnCpu)
            : PassSizes.Managed(_budget, Samples, rows, work.BytesPerDraw, dense.OutputSize, threads, isWorthThreads);
        // What this thread does meanwhile is little, and a second native thread for it would, waiting for more, keep a worker from its core.
        using var one = threads > 1 ? TorchThreads.One() : null;
        using var draws = new PosteriorDraws(seed, Samples, firstDraw);
        draws.Bind(_model);
        if (sizes.Draws < Samples)
            draws.KeepStddevs(_model.Posteriors());
        using var moments = new PredictiveMoments(Likelihood.Frozen(), rows, target);
        using var samples = keepSamples ? new KeptSamples(Samples, rows, mayEndEarly: Tolerance is not null) : null;
        var passes = new PredictionPasses(_model, dense, input, draws, moments, samples, sizes, threads, isStateless, progress, cancellationToken);
        for (int done = 0; done < Samples && !IsExact(moments); done = moments.Samples)
            passes.Run(done, Tolerance is null ? Samples : Math.Min(Samples, done + DrawsBetweenLooks));
        var provenance = new Provenance(
            seed, DrawNumbers.From(firstDraw, moments.Samples), ModelFingerprint(), Fingerprint.Of(input), target is null ? null : Fingerprint.Of(target));
        return moments.ToPredictive(provenance, samples?.Take(moments.Samples)).MoveToOuterDisposeScope();
    }

    // Looks are at fixed numbers of draws, so that the budget does not change how many there are.
    private bool IsExact(PredictiveMoments moments) =>
        Tolerance is { } tolerance && moments.Samples > 0 && moments.Samples % DrawsBetweenLooks == 0 && moments.LargestStandardError() < tolerance;

    // A likelihood of the user's own may keep something of a call.
    private static bool IsOurs(Likelihood likelihood) => likelihood.GetType().Assembly == typeof(MonteCarloPredictive).Assembly;

    private bool IsOnCpu(Tensor input) => input.device_type == DeviceType.CPU && _model.parameters().All(parameter => parameter.device_type == DeviceType.CPU);

    private Work Measure(Tensor input)
    {
        // The noise in single precision becomes the weights, in place or, in another type, beside them.
        long bytesPerWeight = input.dtype == ScalarType.Float32 ? sizeof(float) : sizeof(float) + input.element_size();
        long bytesPerDraw = bytesPerWeight * _model.Posteriors().Sum(posterior => posterior.Mean.numel()), bytesPerRow = BytesPerRow(input);
        return new Work(bytesPerDraw, bytesPerRow, Samples * (bytesPerDraw + (double)bytesPerRow * input.shape[0]) >= WorthThreads);
    }

    private long BytesPerRow(Tensor input)
    {
        long[] shape = input.shape[1..];
        if (_probed is { } probed && probed.Type == input.dtype && probed.Shape.AsSpan().SequenceEqual(shape))
            return probed.Bytes;
        using var scope = NewDisposeScope();
        var probe = new PassProbe();
        var output = _model.Sample(input.narrow(0, 0, 1).clone(), probe);
        long bytes = ValuesHeld * Math.Max(probe.LargestBytes, input.element_size() * input.numel() / input.shape[0]) + BytesToSumUp * output.numel();
        _probed = new RowSize(shape, input.dtype, bytes);
        return bytes;
    }

    private ulong ModelFingerprint() =>
        Fingerprint.Of(_model.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => (entry.Key, entry.Value)));

    private readonly record struct Work(long BytesPerDraw, long BytesPerRow, bool IsWorthThreads);

    /// <summary>What one input of a shape and type takes on its way through one draw.</summary>
    private sealed record RowSize(long[] Shape, ScalarType Type, long Bytes);
}
