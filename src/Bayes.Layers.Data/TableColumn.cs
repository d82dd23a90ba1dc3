namespace Bayes.Layers.Data;

/// <summary>Describes a column of a table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type, as the format calls it; for messages.</param>
/// <param name="Fault">Why its values are not numbers, such as "text"; null if they are.</param>
/// <param name="Width">The number of values in a row; 1 except for vectors.</param>
/// <param name="IsKey">Whether the numbers name categories, so that they can be a class but no feature.</param>
public sealed record TableColumn(string Name, string Type, string? Fault = null, int Width = 1, bool IsKey = false);
