using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>Reads the places of a prediction of classes, such as pixels or steps, as examples; those to be ignored are left out.</summary>
internal static class PredictedPlaces
{
    /// <summary>Returns the probabilities and classes of all places, in the current dispose scope.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="target">Observed values, in the form that the likelihood takes.</param>
    /// <exception cref="ArgumentException">The prediction is not of classes, or has several labels, or the target does not fit.</exception>
    public static ClassPlaces Of(IPrediction prediction, Tensor target) => Classes(prediction, target).PlacesAsExamples(prediction.Mean, target);

    /// <summary>Returns the places with their uncertainties.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="target">Observed values, in the form that the likelihood takes.</param>
    /// <param name="uncertainty">A number for each target; the entropy of the mean if null.</param>
    /// <exception cref="ArgumentException">The prediction is not of classes, or has several labels, or a tensor does not fit.</exception>
    public static ClassPlaces WithUncertainty(IPrediction prediction, Tensor target, Tensor? uncertainty)
    {
        var likelihood = Classes(prediction, target);
        if (uncertainty is not null && !uncertainty.shape.AsSpan().SequenceEqual(target.shape))
            throw new ArgumentException(
                $"The uncertainty has shape {Shapes.Describe(uncertainty.shape)}; expected {Shapes.Describe(target.shape)}, a number for each "
                + "target.",
                nameof(uncertainty));
        return likelihood.PlacesAsExamples(prediction.Mean, target, uncertainty ?? likelihood.Entropy(prediction.Mean));
    }

    /// <summary>Returns the outcomes of all places.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="target">Observed values, in the form that the likelihood takes.</param>
    /// <exception cref="ArgumentException">The prediction is not of classes, or has several labels, or the target does not fit.</exception>
    public static ClassOutcomes Outcomes(IPrediction prediction, Tensor target)
    {
        using var scope = NewDisposeScope();
        var places = Of(prediction, target);
        return ClassOutcomes.Read(places.Probability, places.Target);
    }

    private static ClassLikelihood Classes(IPrediction prediction, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(target);
        return prediction.Likelihood as ClassLikelihood ?? throw new ArgumentException(
            $"The prediction has the likelihood {prediction.Likelihood}; expected one over classes; use RegressionReport.", nameof(prediction));
    }
}
