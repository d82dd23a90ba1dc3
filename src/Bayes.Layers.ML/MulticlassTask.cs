using Bayes.Layers.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.ML;

/// <summary>One of several classes, with their probabilities, credible intervals of these, and the parts of the entropy in nats.</summary>
internal sealed class MulticlassTask : NetworkTask
{
    public override string Name => "multiclass classification";

    public override TargetKind TargetKind => TargetKind.ClassIndex;

    public override IReadOnlyList<string> ClassesOf(DataViewSchema.Column label) => label.Type is KeyDataViewType key ? KeyNames.Of(label, key)
        : throw new ArgumentException($"The label '{label.Name}' is of type {label.Type}; expected a key, as Conversion.MapValueToKey makes.");

    public override int OutputCount(int classes, BayesianNetworkOptions options) => classes;

    public override ElboLoss NewLoss(long rows, BayesianNetworkOptions options) => ElboLoss.Categorical(rows);

    public override IReadOnlyList<OutputColumn> Outputs(IReadOnlyList<string> classes) =>
    [
        new KeyColumn("PredictedLabel", classes, Probabilities), new VectorColumn("Score", classes, Probabilities),
        new NumberColumn("Epistemic", block => PredictedBlock.Numbers(block.Prediction.MutualInformation)),
        new NumberColumn("Aleatoric", block => PredictedBlock.Numbers(block.Prediction.ExpectedEntropy)),
        new VectorColumn("Lower", classes, block => PredictedBlock.Numbers(block.CredibleInterval.Lower)) { NeedsSamples = true },
        new VectorColumn("Upper", classes, block => PredictedBlock.Numbers(block.CredibleInterval.Upper)) { NeedsSamples = true },
    ];

    private static float[] Probabilities(PredictedBlock block) => PredictedBlock.Numbers(block.Prediction.Mean);
}
