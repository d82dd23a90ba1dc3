namespace Bayes.Layers.Tabular;

/// <summary>One number of a row that a network takes.</summary>
/// <param name="Name">Its name, such as "street = Main", "age (missing)" or "sold: month, sine".</param>
/// <param name="Column">The name of the column that it is made of.</param>
public sealed record EncodedFeature(string Name, string Column);
