using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Draws functions of a module from the posteriors of its weights, and applies them by torch's operations.</summary>
/// <remarks>Owns the draws.</remarks>
internal class ModuleSampler : FunctionSampler
{
    private readonly ModulePass _pass;
    private readonly PosteriorDraws _draws;
    private readonly WeightPosterior[] _whole;

    /// <summary>Creates a sampler.</summary>
    /// <param name="pass">The module's pass.</param>
    /// <param name="measure">What a row takes; null if that is known without a measurement.</param>
    /// <param name="input">The rows of the prediction, <c>[B, …]</c> for each input.</param>
    /// <param name="draws">The prediction's draws.</param>
    public ModuleSampler(ModulePass pass, PassMeasure? measure, NetworkInput input, PosteriorDraws draws)
    {
        (_pass, _draws) = (pass, draws);
        draws.Bind(pass.Module);
        (_whole, var byRows) = pass.Module.PosteriorsByUse();
        long ofTables = byRows.Sum(BytesOf);
        // A table of which more is looked up is drawn whole.
        if (measure is not null && byRows.Length > 0)
            ofTables = Math.Min(
                ofTables, PosteriorDraws.ShareOfRows * input.Rows * measure.NumbersLookedUp * BytesOfNumber(byRows[0].Mean));
        BytesPerDraw = _whole.Sum(BytesOf) + ofTables;
        BytesPerRow = measure?.RestBytes ?? 0;
        SharedBytes = _whole.Sum(posterior => posterior.Mean.numel() * posterior.Mean.element_size());
        UsesDrawsOnce = KnownModules.AreStateless(pass.Module);
        IsOnCpu = AreOnCpu(pass.Module, input);
        if (pass.Front is { } front)
            Front = new FunctionFront(
                rows => PassRun.Of(pass.Module, front.OfInputs, rows, PosteriorMean.Instance).squeeze(0), measure!.FrontBytes, measure.KeptBytes);
    }

    public sealed override long BytesPerDraw { get; }

    public override long BytesPerRow { get; }

    public sealed override FunctionFront? Front { get; }

    public sealed override long SharedBytes { get; }

    public sealed override bool IsOnCpu { get; }

    public override bool AllowsThreads => UsesDrawsOnce;

    // A module of one's own may use a layer twice.
    public override bool UsesDrawsOnce { get; }

    /// <inheritdoc/>
    public override PassSizes Sizes(MemoryBudget budget, int draws, long rows, int threads, bool isWorthThreads) =>
        _pass.Module.BayesianModules().Any(module => module.NeedsDrawnWeights)
            ? PassSizes.OfNetwork(budget, draws, rows, BytesPerDraw, BytesPerRow, threads)
            : base.Sizes(budget, draws, rows, threads, isWorthThreads);

    /// <inheritdoc/>
    public sealed override long FrontRows(MemoryBudget budget, long rows, int threads) =>
        // A module with a gate runs a network as it is.
        _pass.Module.BayesianModules().Any(module => module.Gate is not null)
            ? PassSizes.OfNetwork(budget, 1, rows, bytesPerDraw: 0, Front!.BytesPerRow, threads).Rows
            : base.FrontRows(budget, rows, threads);

    /// <summary>Computes the standard deviations of the weights.</summary>
    public sealed override void Share()
    {
        using var gates = ModuleGates.Hold(_pass.Module);
        _draws.KeepStddevs(_whole);
    }

    private static long BytesOf(WeightPosterior posterior) => posterior.Mean.numel() * BytesOfNumber(posterior.Mean);

    // Noise in single precision turns into weights in place, or in another type into a second tensor.
    private static long BytesOfNumber(Tensor mean) => mean.dtype == ScalarType.Float32 ? sizeof(float) : sizeof(float) + mean.element_size();

    public sealed override FunctionDraws Block(int offset, int count, bool isReused) =>
        new Drawn(this, _draws.Part(offset, count, keepsWeights: isReused));

    public sealed override void Dispose() => _draws.Dispose();

    /// <summary>Applies functions to rows behind the front.</summary>
    private protected virtual Tensor Apply(NetworkInput rows, PosteriorDraws draws) =>
        // Copy: a first child that works in place would change the input of later draws.
        PassRun.Of(_pass.Module, _pass.Rest, rows.Clone(), draws);

    private sealed class Drawn(ModuleSampler sampler, PosteriorDraws draws) : FunctionDraws(draws.Samples)
    {
        public override Tensor Apply(Tensor input) => Apply((NetworkInput)input);

        public override Tensor Apply(NetworkInput input)
        {
            using var scope = NewDisposeScope();
            return sampler.Apply(input, draws).MoveToOuterDisposeScope();
        }

        internal override void DrawAll()
        {
            using var gates = ModuleGates.Hold(sampler._pass.Module);
            foreach (var posterior in sampler._whole)
                draws.Weights(posterior);
        }

        protected override void Dispose(bool disposing) => draws.Dispose();
    }
}
