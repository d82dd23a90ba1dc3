namespace Bayes.Layers.Training;

/// <summary>One epoch of training, in numbers. Means are over the steps that were made; with none, they are NaN.</summary>
public sealed record TrainingEpoch
{
    /// <summary>Its number, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>The negative ELBO, mean over the examples, in nats per example: what was descended.</summary>
    public required double Loss { get; init; }

    /// <summary>−log p(y | f), mean over the examples and draws, in nats per example.</summary>
    public required double NegativeLogLikelihood { get; init; }

    /// <summary>KL(q ‖ p) of the whole model, mean over the steps, in nats, unscaled.</summary>
    public required double KlDivergence { get; init; }

    /// <summary>The loss's own beta.</summary>
    public required double Beta { get; init; }

    /// <summary>The loss's beta times the schedule's factor, mean over the steps. 1 is Bayes' rule.</summary>
    public required double EffectiveBeta { get; init; }

    /// <summary>log p(y | x) of the validation set after the epoch, mean over its examples, in nats per example; none where it was not asked for.</summary>
    public required double? ValidationLogDensity { get; init; }

    /// <summary>The optimizer's learning rate at the epoch's last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The gradient's norm over all parameters, before it was clipped; mean over the steps.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Examples that the steps saw.</summary>
    public required long Examples { get; init; }

    /// <summary>Steps made.</summary>
    public required long Steps { get; init; }

    /// <summary>Steps refused because a number was not finite: of the loss, its gradient, a buffer or a parameter.</summary>
    public required long RefusedSteps { get; init; }

    /// <summary>Time of the steps, without validation.</summary>
    public required double Seconds { get; init; }

    /// <summary>Steps made a second.</summary>
    public double StepsPerSecond => Seconds > 0 ? Steps / Seconds : 0;

    /// <summary>Describes the epoch in one line.</summary>
    public override string ToString() => $"Epoch {Number}: {Numbers}";

    /// <summary>The numbers that a person looks at.</summary>
    internal string Numbers =>
        $"loss {TrainingText.Of(Loss)}, -log p {TrainingText.Of(NegativeLogLikelihood)}, KL {TrainingText.Of(KlDivergence)}"
        + (ValidationLogDensity is { } density ? $", validation {TrainingText.Of(density)}" : "")
        + (RefusedSteps > 0 ? $", {TrainingText.Count(RefusedSteps, "step")} refused" : "");
}
