namespace Bayes.Layers.Training;

/// <summary>The numbers of one epoch of training. Means are over the steps that were made, and NaN if none was made.</summary>
public sealed record TrainingEpoch
{
    /// <summary>Gets the number of the epoch, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>Gets the negative ELBO, the loss, as a mean over the examples, in nats per example.</summary>
    public required double Loss { get; init; }

    /// <summary>Gets the mean of −log p(y | f) over the examples and draws, in nats per example.</summary>
    public required double NegativeLogLikelihood { get; init; }

    /// <summary>Gets KL(q ‖ p) of the whole model, as a mean over the steps, in nats, unscaled.</summary>
    public required double KlDivergence { get; init; }

    /// <summary>Gets the loss's own beta.</summary>
    public required double Beta { get; init; }

    /// <summary>Gets the loss's beta times the schedule's factor, as a mean over the steps. 1 is Bayes' rule.</summary>
    public required double EffectiveBeta { get; init; }

    /// <summary>
    /// Gets the mean of log p(y | x) over the validation set after the epoch, in nats per example; null if the epoch was not validated.
    /// </summary>
    public required double? ValidationLogDensity { get; init; }

    /// <summary>Gets the optimizer's learning rate at the last step of the epoch.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Gets the norm of the gradient of all parameters before clipping, as a mean over the steps.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Gets the number of examples of the steps that were made.</summary>
    public required long Examples { get; init; }

    /// <summary>Gets the number of steps made.</summary>
    public required long Steps { get; init; }

    /// <summary>Gets the number of steps refused because a number was not finite: of the loss, its gradient, a buffer or a parameter.</summary>
    public required long RefusedSteps { get; init; }

    /// <summary>Gets the time of the steps in seconds, without validation.</summary>
    public required double Seconds { get; init; }

    /// <summary>Gets the number of steps made per second.</summary>
    public double StepsPerSecond => Seconds > 0 ? Steps / Seconds : 0;

    /// <summary>Returns a description of the epoch in one line.</summary>
    public override string ToString() => $"Epoch {Number}: {Numbers}";

    /// <summary>Gets the numbers for a person to read.</summary>
    internal string Numbers =>
        $"loss {TrainingText.Of(Loss)}, -log p {TrainingText.Of(NegativeLogLikelihood)}, KL {TrainingText.Of(KlDivergence)}"
        + (ValidationLogDensity is { } density ? $", validation {TrainingText.Of(density)}" : "")
        + (RefusedSteps > 0 ? $", {TrainingText.Count(RefusedSteps, "step")} refused" : "");
}
