using Bayes.Layers.Evaluation;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Digits;

/// <summary>The prediction of the test part with its images turned. Uncertainties are means over the images.</summary>
/// <param name="Angle">Angle in degrees, counterclockwise.</param>
/// <param name="Accuracy">Share of the images that are classified correctly.</param>
/// <param name="MutualInformation">Epistemic part of the uncertainty, in nats.</param>
/// <param name="ExpectedEntropy">Aleatoric part, in nats.</param>
/// <param name="TotalEntropy">Sum of both: the entropy of the prediction, in nats.</param>
/// <param name="AucAgainstUpright">
/// Probability that a turned image has a higher mutual information than an upright one, or null for upright images.
/// </param>
internal sealed record TurnedDigits(
    double Angle, double Accuracy, double MutualInformation, double ExpectedEntropy, double TotalEntropy, double? AucAgainstUpright)
{
    /// <summary>Predicts the images for each angle; the first angle must be 0.</summary>
    public static IReadOnlyList<TurnedDigits> Of(DigitsExperiment experiment, DigitImages images, IEnumerable<double> angles)
    {
        using var scope = NewDisposeScope();
        Tensor? upright = null;
        var results = new List<TurnedDigits>();
        foreach (double angle in angles)
        {
            var prediction = experiment.Predict(ImageRotation.Turn(images.Input, angle));
            results.Add(new TurnedDigits(
                angle,
                Evaluation.Accuracy.Of(prediction.Mean, images.Target),
                Numbers.Of(prediction.MutualInformation).Average(),
                Numbers.Of(prediction.ExpectedEntropy).Average(),
                Numbers.Of(prediction.TotalEntropy).Average(),
                upright is null ? null : Separation(upright, prediction.MutualInformation)));
            upright ??= prediction.MutualInformation;
        }
        return results;
    }

    private static double Separation(Tensor upright, Tensor turned)
    {
        using var scope = NewDisposeScope();
        return RocAuc.Of(cat([upright, turned], 0), cat([zeros_like(upright), ones_like(turned)], 0));
    }
}
