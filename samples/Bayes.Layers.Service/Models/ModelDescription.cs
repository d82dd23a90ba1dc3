namespace Bayes.Layers.Service.Models;

/// <summary>Describes the model that the service answers with.</summary>
/// <param name="Kind">"regression" or "classification".</param>
/// <param name="Model">The model in one line.</param>
/// <param name="Columns">The columns of a row, in their order.</param>
/// <param name="Draws">The number of functions that every answer is made of.</param>
/// <param name="Seed">Their seed.</param>
internal sealed record ModelDescription(string Kind, string Model, IReadOnlyList<ModelColumn> Columns, int Draws, long Seed)
{
    /// <summary>Gets the name of the column that is predicted; null if it is not known.</summary>
    public string? Target { get; init; }

    /// <summary>Gets the names of the classes; null for a regression.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Gets the probability within an interval; null for classes.</summary>
    public double? IntervalMass { get; init; }
}
