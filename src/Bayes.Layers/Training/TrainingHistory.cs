namespace Bayes.Layers.Training;

/// <summary>What training was like.</summary>
public sealed record TrainingHistory
{
    /// <summary>Every epoch that was finished, in order.</summary>
    public required IReadOnlyList<TrainingEpoch> Epochs { get; init; }

    /// <summary>The epoch of the highest validation log density; null without a validation set.</summary>
    public required TrainingEpoch? Best { get; init; }

    /// <summary>Whether the model was put back to <see cref="Best"/>.</summary>
    public required bool IsBestRestored { get; init; }

    /// <summary>Why training ended.</summary>
    public required TrainingEnd End { get; init; }

    /// <summary>Steps made, those of an epoch that was cut short among them.</summary>
    public required long Steps { get; init; }

    /// <summary>Steps refused because a number was not finite: of the loss, its gradient, a buffer or a parameter.</summary>
    public required long RefusedSteps { get; init; }

    /// <summary>Time of the steps, without validation.</summary>
    public required double Seconds { get; init; }

    /// <summary>Steps made a second.</summary>
    public double StepsPerSecond => Seconds > 0 ? Steps / Seconds : 0;

    /// <summary>What a person should know of the training, a sentence each: steps that were refused, a loss that still fell at the end.</summary>
    public IReadOnlyList<string> Warnings => [.. TrainingWarnings.Of(Epochs, End, Steps, RefusedSteps)];

    /// <summary>Describes the training in a few lines: how it ended, a table of some epochs in nats, and the warnings.</summary>
    public override string ToString() =>
        $"{TrainingText.Count(Epochs.Count, "epoch")}, {TrainingText.Count(Steps, "step")} in {TrainingText.Of(Seconds)} s, {TrainingText.Of(End)}"
        + (Best is { } best ? $"; best epoch {best.Number}{(IsBestRestored ? ", which the model was put back to" : "")}" : "")
        + HistoryTable.Of(Epochs, Best)
        + string.Concat(Warnings.Select(warning => $"\nWarning: {warning}"));
}
