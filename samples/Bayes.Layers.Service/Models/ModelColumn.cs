using System.Text.Json.Serialization;

namespace Bayes.Layers.Service.Models;

/// <summary>A column of the rows that a model takes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What its values are.</param>
/// <param name="MayBeMissing">Whether a row may have null in it.</param>
/// <param name="IsRequired">Whether every row has to have it; the model does not use a column that is not required.</param>
internal sealed record ModelColumn(string Name, ValueKind Kind, bool MayBeMissing, bool IsRequired);

/// <summary>What the values of a column are.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ValueKind>))]
internal enum ValueKind
{
    /// <summary>Finite numbers.</summary>
    [JsonStringEnumMemberName("number")]
    Number,

    /// <summary>Text.</summary>
    [JsonStringEnumMemberName("text")]
    Text,

    /// <summary>True and false.</summary>
    [JsonStringEnumMemberName("truth")]
    Truth,

    /// <summary>Dates, as text: 2026-01-31, with or without a time of day.</summary>
    [JsonStringEnumMemberName("date")]
    Date,
}
