using Bayes.Layers.Numerics;

namespace Bayes.Layers.Diagnostics;

/// <summary>Writes a sentence for each fault of a posterior.</summary>
internal static class PosteriorWarnings
{
    // Above this share, the draws of most weights equal mu.
    private const double MaximumRoundedShare = 0.5;

    public static IEnumerable<string> Of(LayerDiagnostics layer, CollapseThresholds thresholds)
    {
        foreach (var parameter in layer.Parameters.Where(parameter => parameter.SharedWith is null))
        {
            if (parameter.NonFiniteCount > 0)
                yield return $"{parameter.Name}: {NumberText.Whole(parameter.NonFiniteCount)} of {NumberText.Whole(parameter.Count)} weights have "
                    + "a mu or a log_var that is NaN or infinite.";
            else if (!double.IsFinite(parameter.KlDivergence))
                yield return $"{parameter.Name}: the KL divergence is {NumberText.Of(parameter.KlDivergence)} nats, though mu and log_var are "
                    + "finite; a variance is out of range.";
            else if (parameter.RoundedShare > MaximumRoundedShare && parameter.Type != parameter.Type.AtLeastSingle())
                yield return $"{parameter.Name}: the sigma of {NumberText.Of(100 * parameter.RoundedShare)} % of the weights is lost in the "
                    + $"rounding of {parameter.Type}, so that their draws do not differ; keep the parameters in float32.";
        }

        // A bias is not judged: the layer still carries information if its bias is undetermined or almost exactly determined.
        var weight = layer.Weight;
        if (weight.NonFiniteCount > 0 || weight.SharedWith is not null)
            yield break;
        if (thresholds.CollapsedToPrior(weight))
            yield return $"{weight.Name} has collapsed to its prior: its KL divergence is {NumberText.Of(weight.KlPerWeight)} nats per weight"
                + $"{Sigma(weight)}; the layer carries no information.";
        if (thresholds.CollapsedToPoint(weight))
            yield return $"{weight.Name} has collapsed to a point: its median |mu|/sigma is {NumberText.Decibels(weight.MedianSignalToNoise)} dB"
                + $"{Sigma(weight)}; the layer is no longer Bayesian.";
    }

    /// <summary>Writes a sentence if no layer was trained long enough.</summary>
    public static IEnumerable<string> OfStart(IReadOnlyList<LayerDiagnostics> layers, CollapseThresholds thresholds)
    {
        // The best sigma of one layer may be near its start by chance, but not that of all layers.
        if (layers.Max(layer => layer.Weight.StddevShift) is { } shift && shift < thresholds.StartStddevShift)
            yield return "The posterior is still near its start: training has changed the sigma of each weight by a factor of at most "
                + $"{NumberText.Of(Math.Exp(shift))} on average; train longer or with a higher learning rate, "
                + "or the uncertainty is the initializer's.";
    }

    private static string Sigma(ParameterDiagnostics weight) =>
        weight.StddevRatio is { } ratio ? $" and its mean sigma {NumberText.Of(ratio)} of the prior's" : "";
}
