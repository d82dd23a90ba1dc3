using Bayes.Layers.Estimators;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Draws functions of a fully connected network, and applies them in managed code (decision 18).</summary>
/// <inheritdoc/>
internal sealed class DenseSampler(DenseNetwork network, ModulePass pass, PassMeasure? measure, NetworkInput input, PosteriorDraws draws)
    : ModuleSampler(pass, measure, input, draws)
{
    public override long BytesPerRow => network.BytesPerRow;

    public override bool IsWorthThreads(int draws, long rows) => network.IsWorthThreads(draws, rows);

    public override PassSizes Sizes(MemoryBudget budget, int draws, long rows, int threads, bool isWorthThreads) =>
        PassSizes.Managed(budget, draws, rows, BytesPerDraw, network.OutputSize, threads, isWorthThreads);

    private protected override Tensor Apply(NetworkInput rows, PosteriorDraws draws) => network.Sample(rows[0], draws);
}
