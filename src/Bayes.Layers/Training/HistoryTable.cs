using System.Text;

namespace Bayes.Layers.Training;

/// <summary>A training in a few lines: how it ended, a table of some epochs, and warnings.</summary>
internal static class HistoryTable
{
    private const int MostRows = 8;

    /// <summary>Returns the lines.</summary>
    public static string Of(TrainingHistory history)
    {
        var text = new StringBuilder(
            $"{TrainingText.Count(history.Epochs.Count, "epoch")}, {TrainingText.Count(history.Steps, "step")} in "
            + $"{TrainingText.Of(history.Seconds)} s, {End(history)}");
        if (history.Best is { } best)
            text.Append($"; best epoch {best.Number}{(history.IsBestRestored ? ", which the model was put back to" : "")}");
        if (history.Epochs.Count > 0)
            text.Append($"\n{"epoch",7}{"loss",12}{"−log p",12}{"KL",12}{"validation",12}");
        foreach (var epoch in Shown(history))
            text.Append(
                $"\n{epoch.Number,7}{TrainingText.Of(epoch.Loss),12}{TrainingText.Of(epoch.NegativeLogLikelihood),12}"
                + $"{TrainingText.Of(epoch.KlDivergence),12}"
                + $"{TrainingText.Of(epoch.ValidationLogDensity),12}{(epoch.Number == history.Best?.Number ? "  best" : "")}");
        foreach (string warning in history.Warnings)
            text.Append("\nWarning: ").Append(warning);
        return text.ToString();
    }

    private static string End(TrainingHistory history) => history.End switch
    {
        TrainingEnd.LastEpoch => "to the last epoch",
        TrainingEnd.EarlyStopping => "stopped early",
        TrainingEnd.Cancelled => "cancelled",
        TrainingEnd.Settled => "until the loss settled",
        TrainingEnd.LongestTraining => "to the longest automatic training",
        _ => "diverged",
    };

    // The first, the last, the best, and some between.
    private static IEnumerable<TrainingEpoch> Shown(TrainingHistory history)
    {
        int last = history.Epochs.Count - 1;
        var shown = Enumerable.Range(0, MostRows).Select(row => (int)Math.Round(row * (double)last / (MostRows - 1))).ToHashSet();
        return history.Epochs.Where((epoch, i) => shown.Contains(i) || epoch.Number == history.Best?.Number);
    }
}
