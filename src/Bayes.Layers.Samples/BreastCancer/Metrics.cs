namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>What metrics.json holds. The same seed gives the same values but for the times.</summary>
/// <param name="Accuracy">Share of the test half classified rightly.</param>
/// <param name="RocAuc">Area under the receiver operating characteristic on the test half.</param>
/// <param name="ConfusionMatrix">Counts on the test half: rows are true classes, columns predicted ones; 0 malignant, 1 benign.</param>
/// <param name="History">Every epoch that was finished.</param>
/// <param name="FinalTrainLoss">The loss of the last epoch that was finished; none if there was none.</param>
/// <param name="StepsPerSecond">Training steps a second.</param>
/// <param name="TrainSeconds">Time of the training steps alone.</param>
/// <param name="GridSeconds">Time of the prediction over the grid.</param>
/// <param name="Seed">The seed.</param>
/// <param name="SplitSeed">The seed of the split.</param>
/// <param name="Device">The device computed on.</param>
/// <param name="Samples">Draws of the evaluation.</param>
internal sealed record Metrics(
    double Accuracy,
    double RocAuc,
    long[][] ConfusionMatrix,
    IReadOnlyList<EpochRecord> History,
    double? FinalTrainLoss,
    double StepsPerSecond,
    double TrainSeconds,
    double GridSeconds,
    long Seed,
    uint SplitSeed,
    string Device,
    int Samples);
