using Bayes.Layers.Samples.Support.Figures;

namespace Bayes.Layers.Samples.Support.Findings;

/// <summary>
/// The numbers that answer the notebook's question whether the uncertainties make sense: where the epistemic part is high, whether it is high along
/// the boundary where the classes overlap, and how high the aleatoric part is there.
/// </summary>
/// <remarks>
/// All cells of the map have the same weight, even where no case will ever be. A cell lies along the boundary if its mean probability is within
/// <see cref="BoundaryWidth"/> of one half. Points of both halves of the data are near a cell if they lie within <see cref="Radius"/>, in
/// standardised units. A cell has few data if fewer than <see cref="FewPoints"/> points are near. The classes overlap in a cell if at least
/// <see cref="EnoughOfEachClass"/> points of each class are near. So a cell cannot be both, but it can be neither, where one class has many cases
/// of its own. Whether uncertainty is high is judged by two comparisons: of means, and of a region's share of the tenth of the map that has the
/// highest epistemic part with its share of the rest.
/// </remarks>
/// <param name="Map">The whole map.</param>
/// <param name="Boundary">Cells along the boundary.</param>
/// <param name="FewData">Cells with few data.</param>
/// <param name="Overlap">Cells in which the classes overlap.</param>
/// <param name="BoundaryInOverlap">Cells along the boundary in which the classes overlap.</param>
/// <param name="BoundaryWithFewData">Cells along the boundary with few data.</param>
/// <param name="Highest">The place with the highest epistemic part.</param>
internal sealed record UncertaintyFindings(
    MapRegion Map,
    MapRegion Boundary,
    MapRegion FewData,
    MapRegion Overlap,
    MapRegion BoundaryInOverlap,
    MapRegion BoundaryWithFewData,
    HighestEpistemic Highest)
{
    /// <summary>Largest distance of the probability from one half along the boundary.</summary>
    public const double BoundaryWidth = 0.1;

    /// <summary>Largest distance of a point that is near, in standardised units.</summary>
    public const double Radius = 0.5;

    /// <summary>A cell with fewer points nearby has few data.</summary>
    public const int FewPoints = 5;

    /// <summary>The classes overlap in a cell with at least this many points of each class nearby.</summary>
    public const int EnoughOfEachClass = 5;

    /// <summary>Computes the findings from a map.</summary>
    /// <param name="grid">The map's cells.</param>
    /// <param name="probability">Mean probability of class 1.</param>
    /// <param name="aleatoric">Mean entropy of the functions' predictions, in nats.</param>
    /// <param name="epistemic">Mutual information of prediction and function, in nats.</param>
    /// <param name="points">All points of the data.</param>
    public static UncertaintyFindings Of(
        PlaneGrid grid, double[,] probability, double[,] aleatoric, double[,] epistemic, IReadOnlyList<PlanePoint> points)
    {
        PlaneInput.RequireValues(grid, probability, 0, 1, nameof(probability));
        PlaneInput.RequireValues(grid, aleatoric, 0, Math.Log(2), nameof(aleatoric));
        PlaneInput.RequireValues(grid, epistemic, 0, Math.Log(2), nameof(epistemic));
        PlaneInput.RequirePoints(points, nameof(points));
        var near = new NeighbourCounts(grid, points, Radius);
        var highest = new HighestTenth(epistemic);
        return new UncertaintyFindings(
            Region((_, _) => true),
            Region(IsAlongBoundary),
            Region(HasFewData),
            Region(Overlaps),
            Region((row, column) => IsAlongBoundary(row, column) && Overlaps(row, column)),
            Region((row, column) => IsAlongBoundary(row, column) && HasFewData(row, column)),
            HighestEpistemic.Of(grid, probability, epistemic, near));

        MapRegion Region(Func<int, int, bool> isInside) => MapRegion.Of(grid, aleatoric, epistemic, highest, isInside);
        bool IsAlongBoundary(int row, int column) => Math.Abs(probability[row, column] - 0.5) < BoundaryWidth;
        bool HasFewData(int row, int column) => near.OfAny(row, column) < FewPoints;
        bool Overlaps(int row, int column) => near.OfZero(row, column) >= EnoughOfEachClass && near.OfOne(row, column) >= EnoughOfEachClass;
    }
}
