using System.Text.Json;

namespace Bayes.Layers.Scoring.Parts;

/// <summary>What a file of results says of itself, in its metadata.</summary>
/// <param name="Plan">The fingerprint of the plan.</param>
/// <param name="Shard">The number of the shard; null for the whole result.</param>
/// <param name="FirstRow">Zero-based number of its first row in the table.</param>
/// <param name="Rows">The number of its rows.</param>
/// <param name="Library">The version of the library.</param>
/// <param name="Model">The SHA-256 of the model's file.</param>
/// <param name="Seed">The seed of the draws.</param>
/// <param name="Draws">The number of draws.</param>
/// <param name="Digest">The SHA-256 of all values; null while they are being written.</param>
internal sealed record ResultNote(
    string Plan, int? Shard, long FirstRow, long Rows, string Library, string Model, long Seed, int Draws, string? Digest)
{
    /// <summary>The name in the metadata.</summary>
    public const string Key = "bayes_layers.scores";

    /// <summary>Returns the note of a shard's part, or of the whole result.</summary>
    public static ResultNote Of(ScoringPlan plan, int? shard)
    {
        var range = shard is { } number ? plan.RangeOf(number) : new ShardRange(0, plan.Rows, 0, plan.Draws);
        return new(
            plan.Fingerprint, shard, range.FirstRow, range.Rows, ScoringPlan.LibraryVersion, plan.ModelDigest, plan.Seed, plan.Draws, Digest: null);
    }

    /// <summary>Reads a note; null if the text is none.</summary>
    public static ResultNote? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<ResultNote>(text, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Returns the note as text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);
}
