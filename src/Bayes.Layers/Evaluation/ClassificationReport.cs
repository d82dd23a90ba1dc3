using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>All metrics of predicted classes, in one record; <see cref="ToString"/> returns a table.</summary>
/// <param name="Count">The number of examples.</param>
/// <param name="Classes">The number of classes.</param>
/// <param name="Accuracy">The share of examples whose most probable class is the true class (<see cref="Evaluation.Accuracy"/>).</param>
/// <param name="NegativeLogLikelihood">Nats per example (<see cref="Evaluation.NegativeLogLikelihood"/>).</param>
/// <param name="BrierScore">In [0, 1] for the binary form, in [0, 2] for the multi-class form (<see cref="Evaluation.BrierScore"/>).</param>
/// <param name="Calibration">Confidence against accuracy (<see cref="Evaluation.Calibration.OfConfidence(Tensor, Tensor, int, Binning)"/>).</param>
/// <param name="ConfusionMatrix">The matrix of two classes at the threshold 0.5; null for the multi-class form.</param>
/// <param name="RocAuc">The area under the curve; null for the multi-class form, or if all targets are of one class.</param>
/// <param name="AveragePrecision">The average precision of class 1; null for the multi-class form, or if all targets are of one class.</param>
/// <param name="MulticlassConfusionMatrix">The matrix of three classes or more; null for two.</param>
public sealed record ClassificationReport(
    long Count,
    int Classes,
    double Accuracy,
    double NegativeLogLikelihood,
    double BrierScore,
    Calibration Calibration,
    ConfusionMatrix? ConfusionMatrix,
    double? RocAuc,
    double? AveragePrecision,
    MulticlassConfusionMatrix? MulticlassConfusionMatrix)
{
    /// <summary>Gets the mean F1 of the classes (<see cref="Evaluation.MulticlassConfusionMatrix.MacroF1"/>); null for two classes.</summary>
    public double? MacroF1 => MulticlassConfusionMatrix?.MacroF1;

    /// <summary>
    /// Gets the mean area under the curve of each class against all others (<see cref="Evaluation.RocAuc.OneVsRest(Tensor, Tensor, bool)"/>); null
    /// for two classes, for more than 20, which take long, and if a class has no example.
    /// </summary>
    public double? OneVsRestRocAuc { get; init; }

    /// <summary>Computes all metrics that apply to a prediction of classes.</summary>
    /// <param name="prediction">
    /// The prediction, with a <see cref="CategoricalLikelihood"/>, or a <see cref="BernoulliLikelihood"/> of one output. Places of an example,
    /// such as pixels, count as examples; those whose target is <see cref="CategoricalLikelihood.IgnoreIndex"/> are left out.
    /// </param>
    /// <param name="target">Observed values, in the form that the likelihood takes.</param>
    /// <param name="bins">The number of bins of the calibration.</param>
    /// <exception cref="ArgumentException">The prediction is not of classes, or has several labels, or the target does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bins"/> is below 1.</exception>
    public static ClassificationReport Of(IPrediction prediction, Tensor target, int bins = 10)
    {
        using var scope = NewDisposeScope();
        var places = PredictedPlaces.Of(prediction, target);
        return Of(places.Probability, places.Target, bins);
    }

    /// <summary>Computes all metrics that apply.</summary>
    /// <param name="probability">
    /// Probabilities of class 1, <c>[N]</c> or <c>[N, 1]</c> (the binary form), or of all classes, <c>[N, C]</c> with rows that sum to one.
    /// </param>
    /// <param name="target">Classes 0 and 1 of the same shape, or class indices 0 to C − 1, <c>[N]</c>.</param>
    /// <param name="bins">The number of bins of the calibration.</param>
    /// <exception cref="ArgumentException">
    /// Shapes do not fit, there are no examples, a probability is NaN or outside [0, 1], a row does not sum to one within 0.001
    /// (0.008 in BFloat16), or a target is not a class.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bins"/> is below 1.</exception>
    public static ClassificationReport Of(Tensor probability, Tensor target, int bins = 10)
    {
        Require.Positive(bins);
        var outcomes = ClassOutcomes.Read(probability, target);
        var binary = outcomes.Probabilities.IsBinary ? BinaryOutcomes.ReadProbabilities(probability, target) : null;
        bool hasBothClasses = binary is { PositiveCount: > 0, NegativeCount: > 0 };
        return new ClassificationReport(
            outcomes.Count,
            outcomes.Probabilities.Classes,
            Evaluation.Accuracy.Of(outcomes),
            Evaluation.NegativeLogLikelihood.Of(outcomes),
            Evaluation.BrierScore.Of(outcomes),
            Evaluation.Calibration.OfConfidence(outcomes, bins),
            binary is null ? null : Evaluation.ConfusionMatrix.Of(binary),
            hasBothClasses ? Evaluation.RocAuc.Of(binary!) : null,
            hasBothClasses ? Evaluation.AveragePrecision.Of(binary!) : null,
            outcomes.Probabilities.Classes > 2 ? Evaluation.MulticlassConfusionMatrix.Of(outcomes) : null)
        {
            OneVsRestRocAuc = outcomes.Probabilities.Classes is > 2 and <= ConfusionTable.MaxClasses && outcomes.MissingClass() is null
                ? Evaluation.RocAuc.OneVsRest(outcomes) : null,
        };
    }

    /// <summary>Returns a line for each metric that applies, and the confusion matrix of up to 20 classes, in the invariant culture.</summary>
    public override string ToString()
    {
        var table = new ReportTable($"{Count} examples, {Classes} classes")
            .Add("accuracy", Accuracy)
            .Add("negative log-likelihood", NegativeLogLikelihood, "nats per example")
            .Add("Brier score", BrierScore)
            .Add("expected calibration error", Calibration.ExpectedError, $"{Calibration.Bins.Count} bins")
            .Add("maximum calibration error", Calibration.MaximumError)
            .Add("area under the ROC curve", RocAuc)
            .Add("one-vs-rest area under the ROC", OneVsRestRocAuc)
            .Add("average precision", AveragePrecision);
        if (ConfusionMatrix is { } matrix)
            table
                .Add("precision", matrix.Precision)
                .Add("recall", matrix.Recall)
                .Add("F1", matrix.F1)
                .Add("true class 0, predicted 0, 1", matrix.TrueNegatives, matrix.FalsePositives)
                .Add("true class 1, predicted 0, 1", matrix.FalseNegatives, matrix.TruePositives);
        if (MulticlassConfusionMatrix is { } multiclass)
            table.Add(multiclass);
        return table.ToString();
    }
}
