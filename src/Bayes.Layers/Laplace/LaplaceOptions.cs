using Bayes.Layers.Laplace;
using Bayes.Layers.Numerics;

namespace Bayes.Layers;

/// <summary>Sets what a <see cref="LaplaceApproximation"/> is made of. Immutable.</summary>
public sealed record LaplaceOptions
{
    /// <summary>Gets which layers' weights are random: by default those of the layer that runs last. <see cref="Paths"/> names others.</summary>
    public LaplaceLayers Layers { get; init; }

    /// <summary>
    /// Gets the paths of the layers whose weights are random, such as <c>2</c> or <c>encoder.*</c>, where <c>*</c> stands for any characters; empty
    /// by
    /// default, if <see cref="Layers"/> chooses.
    /// </summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Gets which parts of the curvature are kept; <see cref="CurvatureStructure.Kronecker"/> by default.</summary>
    public CurvatureStructure Curvature { get; init; } = CurvatureStructure.Kronecker;

    /// <summary>
    /// Gets the prior precision 1 / variance of every weight, above 0, for the prior N(0, variance); null by default, if the evidence chooses it from
    /// the data (<see cref="LaplaceApproximation.OptimizeEvidence"/>).
    /// </summary>
    public double? PriorPrecision { get; init; }

    /// <summary>Gets whether the evidence chooses a prior precision for each layer; false by default, if it chooses one for all.</summary>
    public bool PrecisionForEachLayer { get; init; }

    /// <summary>Gets the zero-based index of the output that is predicted, if the network returns a tuple; null by default, for all of
    /// them.</summary>
    public int? Output { get; init; }

    /// <summary>
    /// Gets the most directions of the outputs of a row whose gradients are taken one by one; at least 1, 64 by default. With more outputs the
    /// curvature is estimated from so many random directions, which has the right value on average. The last layer does not need this.
    /// </summary>
    public int MostDirections { get; init; } = 64;

    /// <summary>Gets the seed of the random directions.</summary>
    public long Seed { get; init; }

    /// <summary>Gets the memory to work in, in addition to the result; null for <see cref="MemoryBudget.Default"/>.</summary>
    public MemoryBudget? Budget { get; init; }

    /// <summary>Returns the settings of the curvature.</summary>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    internal CurvatureSettings Checked()
    {
        if (!Enum.IsDefined(Layers))
            throw new ArgumentOutOfRangeException(nameof(Layers), Layers, $"Layers is {(int)Layers}; expected LastLayer or All.");
        if (!Enum.IsDefined(Curvature))
            throw new ArgumentOutOfRangeException(
                nameof(Curvature), Curvature, $"Curvature is {(int)Curvature}; expected Kronecker, Diagonal or Full.");
        if (PriorPrecision is { } precision)
            Require.PositiveAndFinite(precision, nameof(PriorPrecision));
        Require.Positive(MostDirections);
        return new CurvatureSettings(MostDirections, Seed, Budget ?? MemoryBudget.Default);
    }
}

/// <summary>Which layers' weights are random.</summary>
public enum LaplaceLayers
{
    /// <summary>The layer that runs last.</summary>
    LastLayer,

    /// <summary>All layers with weights, without normalizations.</summary>
    All,
}

/// <summary>Which parts of the generalized Gauss–Newton matrix a Laplace approximation keeps.</summary>
public enum CurvatureStructure
{
    /// <summary>A Kronecker product for each layer: the default, close to <see cref="Full"/> within a layer at a small part of its size.</summary>
    Kronecker,

    /// <summary>The diagonal: a number for each weight. Cheapest, for networks of many millions of weights.</summary>
    Diagonal,

    /// <summary>The whole matrix, the square of the number of weights: exact, for up to a few thousand weights.</summary>
    Full,
}
