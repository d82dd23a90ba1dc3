using System.Text.Json;
using System.Text.Json.Nodes;
using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Checkpoints;

/// <summary>The description of a likelihood and the loss around it in a file.</summary>
/// <param name="Likelihood">The likelihood.</param>
/// <param name="DatasetSize">The number of examples that the loss was made for; null if a likelihood was saved without a loss.</param>
/// <param name="Beta">The loss's weight of the KL divergence.</param>
internal sealed record SavedLoss(SavedPart Likelihood, long? DatasetSize, double Beta)
{
    private const string LikelihoodKey = "likelihood", DatasetSizeKey = "dataset_size", BetaKey = "beta";

    /// <summary>Describes a likelihood, and the loss if there is one.</summary>
    public static JsonObject Describe(Likelihood likelihood, ElboLoss? loss)
    {
        var description = new JsonObject
        {
            [LikelihoodKey] = SavedPart.Describe(likelihood, LikelihoodKinds.All, ("settings", likelihood.Settings)),
        };
        if (loss is not null)
        {
            description.Add(DatasetSizeKey, loss.DatasetSize);
            description.Add(BetaKey, loss.Beta);
        }
        return description;
    }

    /// <summary>Gets the range of a learned scale of the noise; null if nothing is learned.</summary>
    public (double Minimum, double Maximum)? LearnedRange =>
        Likelihood.Options.ValueKind == JsonValueKind.Object && Likelihood.Options.TryGetProperty(LikelihoodKinds.MinimumKey, out _)
            && new SavedOptions("The likelihood", Likelihood.Options) is var options
            ? (options.Double(LikelihoodKinds.MinimumKey), options.Double(LikelihoodKinds.MaximumKey))
            : null;

    /// <summary>Reads a description.</summary>
    /// <exception cref="JsonException">The description is damaged.</exception>
    public static SavedLoss Parse(JsonElement element)
    {
        var likelihood = SavedPart.Parse(element.GetProperty(LikelihoodKey));
        return element.TryGetProperty(DatasetSizeKey, out var size)
            ? new SavedLoss(likelihood, size.GetInt64(), element.GetProperty(BetaKey).GetDouble()) : new SavedLoss(likelihood, null, 1);
    }
}
