using Bayes.Layers.Evaluation;
using Bayes.Layers.Samples.Support.Running;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Digits;

/// <summary>How the test part is predicted when its images are turned. Uncertainties are means over the images.</summary>
/// <param name="Angle">By how much they are turned, counterclockwise, in degrees.</param>
/// <param name="Accuracy">The share classified rightly.</param>
/// <param name="MutualInformation">The epistemic part of the uncertainty, in nats.</param>
/// <param name="ExpectedEntropy">The aleatoric part, in nats.</param>
/// <param name="TotalEntropy">Their sum: the entropy of the prediction, in nats.</param>
/// <param name="AucAgainstUpright">
/// The probability that a turned image has a higher mutual information than an upright one; none for those that are upright.
/// </param>
internal sealed record TurnedDigits(
    double Angle, double Accuracy, double MutualInformation, double ExpectedEntropy, double TotalEntropy, double? AucAgainstUpright)
{
    /// <summary>One for each angle; the first has to be 0.</summary>
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
