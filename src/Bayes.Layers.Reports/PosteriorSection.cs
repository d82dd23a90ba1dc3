using Bayes.Layers.Diagnostics;
using Bayes.Layers.Reports.Figures;
using static Bayes.Layers.Reports.Predictions.NumberText;

namespace Bayes.Layers.Reports;

/// <summary>The section about the posterior of the weights.</summary>
internal static class PosteriorSection
{
    /// <summary>Returns the section.</summary>
    public static ReportSection Of(PosteriorDiagnostics diagnostics)
    {
        ParameterDiagnostics[] parameters = [.. diagnostics.Layers.SelectMany(layer => layer.Parameters)];
        string text = $"The posterior of {Count(diagnostics.Count)} weights is {Quantity(diagnostics.KlDivergence)} nats away from the prior (KL "
            + $"divergence), {Quantity(diagnostics.KlPerWeight)} a weight.";
        if (diagnostics.KlPerExample is { } perExample)
            text += $" For each of {Count(diagnostics.DatasetSize!.Value)} training examples that is {Quantity(perExample)}, which the loss adds "
                + $"with the factor {Setting(diagnostics.EffectiveBeta)}; 1 is Bayes' rule.";
        long[] counts = [.. diagnostics.SignalToNoise.Counts];
        double unsure = diagnostics.SignalToNoise.Total == 0 ? 0 : (double)counts.Take(3).Sum() / diagnostics.SignalToNoise.Total;
        return new ReportSection("Posterior of the weights")
        {
            Figures =
            [
                ReportFigure.Of(
                    SignalToNoiseFigure.Draw(diagnostics.SignalToNoise, "Signal-to-noise ratio of the weights"),
                    "0 dB is a mean as large as sigma: to the left of it even the sign of a weight is unsure.",
                    $"Bars of the share of weights by their signal-to-noise ratio; {Percent(unsure)} lie below 0 decibels."),
            ],
            Paragraphs = [text, .. diagnostics.Warnings.Select(warning => $"Warning: {warning}")],
            Tables =
            [
                new ReportTable(
                    "Layers", ["parameter", "weights", "KL, nats", "KL a weight", "mean sigma", "prior's sigma", "median |mean| / sigma, dB"],
                    [.. parameters.Select(parameter => (IReadOnlyList<string>)
                    [
                        parameter.SharedWith is { } first ? $"{parameter.Name}, shared with {first}" : parameter.Name,
                        Count(parameter.Count), Quantity(parameter.KlDivergence), Quantity(parameter.KlPerWeight), Quantity(parameter.MeanStddev),
                        Setting(parameter.PriorStddev), Setting(Math.Round(parameter.MedianSignalToNoise, 1)),
                    ])]),
            ],
        };
    }
}
