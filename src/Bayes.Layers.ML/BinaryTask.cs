using Bayes.Layers.Data;

namespace Bayes.Layers.ML;

/// <summary>Whether a label is true, with the probability, its credible interval, and the parts of the entropy in nats.</summary>
internal sealed class BinaryTask : NetworkTask
{
    public override string Name => "binary classification";

    public override TargetKind TargetKind => TargetKind.Binary;

    public override ElboLoss NewLoss(long rows, BayesianNetworkOptions options) => ElboLoss.Bernoulli(rows);

    public override IReadOnlyList<OutputColumn> Outputs(IReadOnlyList<string> classes) =>
    [
        new TruthColumn("PredictedLabel", Probability), new NumberColumn("Score", block => [.. Probability(block).Select(LogOdds)]),
        new NumberColumn("Probability", Probability),
        new NumberColumn("Epistemic", block => PredictedBlock.Numbers(block.Prediction.MutualInformation)),
        new NumberColumn("Aleatoric", block => PredictedBlock.Numbers(block.Prediction.ExpectedEntropy)),
        new NumberColumn("Lower", block => PredictedBlock.Numbers(block.CredibleInterval.Lower)) { NeedsSamples = true },
        new NumberColumn("Upper", block => PredictedBlock.Numbers(block.CredibleInterval.Upper)) { NeedsSamples = true },
    ];

    private static float[] Probability(PredictedBlock block) => PredictedBlock.Numbers(block.Prediction.Mean);

    private static float LogOdds(float probability) => (float)Math.Log(probability / (1 - (double)probability));
}
