namespace Bayes.Layers.Training;

/// <summary>The history of a training.</summary>
public sealed record TrainingHistory
{
    /// <summary>Gets the epochs that were finished, in order.</summary>
    public required IReadOnlyList<TrainingEpoch> Epochs { get; init; }

    /// <summary>Gets the epoch of the highest validation log density; null without a validation set.</summary>
    public required TrainingEpoch? Best { get; init; }

    /// <summary>Gets whether the model was put back to <see cref="Best"/>.</summary>
    public required bool IsBestRestored { get; init; }

    /// <summary>Gets the reason why training ended.</summary>
    public required TrainingEnd End { get; init; }

    /// <summary>Gets the number of steps made, including those of an unfinished epoch.</summary>
    public required long Steps { get; init; }

    /// <summary>Gets the number of steps refused because a number was not finite: of the loss, its gradient, a buffer or a parameter.</summary>
    public required long RefusedSteps { get; init; }

    /// <summary>Gets the time of the steps in seconds, without validation.</summary>
    public required double Seconds { get; init; }

    /// <summary>Gets the number of steps made per second.</summary>
    public double StepsPerSecond => Seconds > 0 ? Steps / Seconds : 0;

    /// <summary>
    /// Gets Kish's effective number of training examples (<see cref="Likelihoods.SampleWeights.EffectiveCount"/>); null if they had no weights.
    /// </summary>
    public double? EffectiveExamples { get; init; }

    /// <summary>Gets warnings about the training, a sentence each: about refused steps, and about a loss that still fell at the end.</summary>
    public IReadOnlyList<string> Warnings => [.. TrainingWarnings.Of(Epochs, End, Steps, RefusedSteps)];

    /// <summary>Returns a description of the training in a few lines: how it ended, a table of some epochs in nats, and the warnings.</summary>
    public override string ToString() =>
        $"{TrainingText.Count(Epochs.Count, "epoch")}, {TrainingText.Count(Steps, "step")} in {TrainingText.Of(Seconds)} s, {TrainingText.Of(End)}"
        + (Best is { } best ? $"; best epoch {best.Number}{(IsBestRestored ? ", which the model was put back to" : "")}" : "")
        + (EffectiveExamples is { } examples ? $"; the weights leave {TrainingText.Of(examples)} effective examples" : "")
        + HistoryTable.Of(Epochs, Best)
        + string.Concat(Warnings.Select(warning => $"\nWarning: {warning}"));
}
