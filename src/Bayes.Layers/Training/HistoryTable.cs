using System.Text;

namespace Bayes.Layers.Training;

/// <summary>A table of some epochs of a training.</summary>
internal static class HistoryTable
{
    private const int MostRows = 8;

    /// <summary>Returns the lines, each of which begins with a line break; empty if there are no epochs.</summary>
    public static string Of(IReadOnlyList<TrainingEpoch> epochs, TrainingEpoch? best)
    {
        var text = new StringBuilder();
        if (epochs.Count > 0)
            text.Append($"\n{"epoch",7}{"loss",12}{"−log p",12}{"KL",12}{"validation",12}");
        foreach (var epoch in Shown(epochs, best))
            text.Append(
                $"\n{epoch.Number,7}{TrainingText.Of(epoch.Loss),12}{TrainingText.Of(epoch.NegativeLogLikelihood),12}"
                + $"{TrainingText.Of(epoch.KlDivergence),12}"
                + $"{TrainingText.Of(epoch.ValidationLogDensity),12}{(epoch.Number == best?.Number ? "  best" : "")}");
        return text.ToString();
    }

    // The first, the last, the best, and some in between.
    private static IEnumerable<TrainingEpoch> Shown(IReadOnlyList<TrainingEpoch> epochs, TrainingEpoch? best)
    {
        int last = epochs.Count - 1;
        var shown = Enumerable.Range(0, MostRows).Select(row => (int)Math.Round(row * (double)last / (MostRows - 1))).ToHashSet();
        return epochs.Where((epoch, i) => shown.Contains(i) || epoch.Number == best?.Number);
    }
}
