using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Draws functions of a fully connected network, and applies them in managed code (decision 18).</summary>
/// <inheritdoc/>
internal sealed class DenseSampler(DenseNetwork network, ModulePass pass, PassMeasure? measure, NetworkInput input, PosteriorDraws draws)
    : ModuleSampler(pass, measure, input, draws)
{
    private readonly nn.Module? _gated = pass.Module.BayesianModules().Any(module => module.Gate is not null) ? pass.Module : null;

    public override long BytesPerRow => network.BytesPerRow;

    public override bool IsWorthThreads(int draws, long rows) => network.IsWorthThreads(draws, rows);

    public override PassSizes Sizes(MemoryBudget budget, int draws, long rows, int threads, bool isWorthThreads) =>
        PassSizes.Managed(budget, draws, rows, BytesPerDraw, network.OutputSize, threads, isWorthThreads);

    // Managed code does not run the modules.
    public override bool AllowsThreads => true;

    public override bool UsesDrawsOnce => true;

    private protected override Tensor Apply(NetworkInput rows, PosteriorDraws draws) =>
        network.Sample(rows[0], draws, () => _gated is null ? null : ModuleGates.Hold(_gated));
}
