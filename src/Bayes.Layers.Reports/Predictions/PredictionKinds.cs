using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Reports.Predictions;

/// <summary>The kinds of prediction that a report knows, by their likelihood. A new kind is a new row.</summary>
internal static class PredictionKinds
{
    private static readonly IReadOnlyList<(Func<Predictive, bool> IsKind, Func<Predictive, Tensor, EvaluatedPrediction> Evaluate)> All =
    [
        (prediction => prediction.Likelihood is JointLikelihood, (prediction, _) => throw new ArgumentException(
            $"The prediction has the likelihood {prediction.Likelihood}; expected that of one output: report prediction.Part(0), then the others.",
            nameof(prediction))),
        (EvaluatedLabels.AreLabels, EvaluatedLabels.Of),
        (prediction => prediction.Likelihood is ClassLikelihood, EvaluatedClasses.Of),
        (_ => true, EvaluatedNumbers.Of),
    ];

    /// <summary>Compares a prediction with the targets.</summary>
    /// <exception cref="ArgumentException">The targets do not fit, or the prediction is of several outputs.</exception>
    public static EvaluatedPrediction Evaluate(Predictive prediction, Tensor targets) =>
        All.First(kind => kind.IsKind(prediction)).Evaluate(prediction, targets);
}
