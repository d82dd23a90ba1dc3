namespace Bayes.Layers.Uncertainty.Methods;

/// <summary>What a method gets to see of a split. It has no targets of test rows, so that no choice can depend on them.</summary>
/// <param name="Train">Inputs of the training rows, <c>[rows, columns]</c>, in their own units.</param>
/// <param name="Targets">Targets of the training rows, in their own unit; at least two are different.</param>
/// <param name="Test">Inputs of the test rows, <c>[rows, columns]</c>.</param>
internal sealed record SplitRows(double[,] Train, double[] Targets, double[,] Test)
{
    /// <summary>Names of the inputs, which may repeat.</summary>
    public required IReadOnlyList<string> InputNames { get; init; }
}
