using Bayes.Layers.Reports.Figures;
using Bayes.Layers.Reports.Predictions;
using Bayes.Layers.Training;

namespace Bayes.Layers.Reports;

/// <summary>The section about the training.</summary>
internal static class TrainingSection
{
    /// <summary>Returns the section.</summary>
    public static ReportSection Of(TrainingHistory history)
    {
        IReadOnlyList<TrainingEpoch> epochs = history.Epochs;
        string text = $"{NumberText.Count(epochs.Count)} epochs, {NumberText.Count(history.Steps)} steps in "
            + $"{NumberText.Quantity(history.Seconds)} seconds.";
        if (epochs.Count > 0)
            text += $" The last loss is {NumberText.Quantity(epochs[^1].Loss)} nats per example, of which "
                + $"{NumberText.Quantity(epochs[^1].NegativeLogLikelihood)} are the data's part and the rest is the distance of the posterior "
                + "from the "
                + $"prior: {NumberText.Quantity(epochs[^1].KlDivergence)} nats in all.";
        return new ReportSection("Training")
        {
            Figures = epochs.Count < 2 ? [] :
            [
                ReportFigure.Of(
                    TrainingFigure.Draw(epochs, "Course of the training"),
                    "Means over each epoch. What lies above the frame at the beginning is cut off.",
                    $"Curves of the loss over {epochs.Count} epochs, from {NumberText.Quantity(epochs[0].Loss)} to "
                    + $"{NumberText.Quantity(epochs[^1].Loss)} nats per example."),
            ],
            Paragraphs = [text, .. history.Warnings.Select(warning => $"Warning: {warning}")],
        };
    }
}
