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

    /// <summary>Returns the range of the learned scale of the noise that is one of the likelihood's parameters; null if it is none.</summary>
    public (double Minimum, double Maximum)? LearnedRangeOf(string parameter) =>
        LikelihoodKinds.OwnerOf(Likelihood, parameter) is { } owner && new SavedOptions("The likelihood", owner.Options) is var options
            && options.Has(LikelihoodKinds.MinimumKey)
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
