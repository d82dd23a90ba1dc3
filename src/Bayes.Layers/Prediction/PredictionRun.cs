using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Predictions with the same functions of a distribution.</summary>
/// <param name="Distribution">The distribution over functions.</param>
/// <param name="Likelihood">p(y | f).</param>
/// <param name="Samples">S, the most draws.</param>
/// <param name="First">The number of the first draw.</param>
/// <param name="Budget">The memory to work in.</param>
/// <param name="Tolerance">The standard error of every mean, below which drawing ends; null if all draws are made.</param>
internal sealed record PredictionRun(
    FunctionDistribution Distribution, Likelihood Likelihood, int Samples, int First, MemoryBudget Budget, double? Tolerance)
{
    // The standard error is checked after every so many draws: a few draws tell little about their spread.
    private const int DrawsBetweenLooks = 32;

    private readonly ulong _fingerprint = Distribution.Fingerprint();

    /// <summary>Gets the seed of the draws.</summary>
    public required long Seed { get; init; }

    /// <summary>Predicts.</summary>
    /// <param name="input"><c>[B, …]</c> for each input.</param>
    /// <param name="target">y, <c>[B, …]</c>, or null.</param>
    /// <param name="keepSamples">Whether to keep the outputs of all draws.</param>
    /// <param name="progress">Receives a report after every block.</param>
    /// <param name="cancellationToken">Ends the work between two blocks.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    public Predictive Predict(
        NetworkInput input, Tensor? target, bool keepSamples, IProgress<PredictiveProgress>? progress, CancellationToken cancellationToken)
    {
        long rows = input.Rows;
        using var noGrad = no_grad();
        using var evaluation = Distribution.Module is { } module ? ModuleMode.Evaluation(module) : null;
        using var scope = NewDisposeScope();
        using var sampler = Distribution.Prepare(input, new DrawRequest(Seed, Samples, First, Budget, _fingerprint));
        var plan = PredictionPlan.Of(sampler, Likelihood, rows, Samples, Budget);
        // Limits this thread to one native thread: a spinning helper would occupy a worker's core.
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
            Seed, DrawRanges.From(First, moments.Samples), _fingerprint, FingerprintOf(input), target is null ? null : Fingerprint.Of(target),
            Distribution.Caution);
        return moments.ToPredictive(provenance, samples?.Take(moments.Samples)).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the number that identifies inputs in a <see cref="Provenance"/>.</summary>
    internal static ulong FingerprintOf(NetworkInput input) => input.Tensors.Select(Fingerprint.Of).Aggregate(Fingerprint.Of);

    // Checked at fixed numbers of draws, so that the budget does not change how many there are.
    private bool IsExact(PredictiveMoments moments) =>
        Tolerance is { } tolerance && moments.Samples > 0 && moments.Samples % DrawsBetweenLooks == 0 && moments.LargestStandardError() < tolerance;
}
