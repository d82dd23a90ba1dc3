using Bayes.Layers.Data;

namespace Bayes.Layers.ML;

/// <summary>A number, with its standard deviations and its prediction interval in the label's unit.</summary>
internal sealed class RegressionTask : NetworkTask
{
    public override string Name => "regression";

    public override TargetKind TargetKind => TargetKind.Real;

    public override int OutputCount(int classes, BayesianNetworkOptions options) => options.HasVaryingNoise ? 2 : 1;

    public override ElboLoss NewLoss(long rows, BayesianNetworkOptions options) =>
        options.HasVaryingNoise ? ElboLoss.HeteroscedasticGaussian(rows) : ElboLoss.Gaussian(rows);

    public override IReadOnlyList<OutputColumn> Outputs(IReadOnlyList<string> classes) =>
    [
        new NumberColumn("Score", block => block.InUnit(block.Prediction.Mean)),
        new NumberColumn("Epistemic", block => block.Spread(block.Prediction.EpistemicStddev)),
        new NumberColumn("Aleatoric", block => block.Spread(block.Prediction.AleatoricStddev)),
        new NumberColumn("Lower", block => block.InUnit(block.PredictionInterval.Lower)) { NeedsSamples = true },
        new NumberColumn("Upper", block => block.InUnit(block.PredictionInterval.Upper)) { NeedsSamples = true },
    ];
}
