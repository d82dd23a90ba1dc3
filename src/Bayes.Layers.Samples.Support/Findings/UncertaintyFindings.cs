using Bayes.Layers.Samples.Support.Figures;

namespace Bayes.Layers.Samples.Support.Findings;

/// <summary>
/// The numbers that answer the notebook's question, whether the uncertainties make sense: where the epistemic part is high,
/// whether it is high along the boundary where the classes overlap, and what the aleatoric part is there.
/// </summary>
/// <remarks>
/// Each cell of the map counts alike, also where no case will ever be. A cell lies along the boundary where the mean
/// probability is within <see cref="BoundaryWidth"/> of one half. Near it are the points, of both halves of the data, within
/// <see cref="Radius"/>, in standardised units. Data are few where fewer than <see cref="FewPoints"/> are near; the classes
/// overlap where at least <see cref="EnoughOfEachClass"/> of each are near. So a cell cannot be both, and may be neither:
/// where one class has its many cases alone. High is told by comparing means, and by where the tenth of the map with the
/// highest epistemic part lies: how much of it, and of the rest of the map.
/// </remarks>
/// <param name="Map">The whole map.</param>
/// <param name="Boundary">Along the boundary.</param>
/// <param name="FewData">Where data are few.</param>
/// <param name="Overlap">Where the classes overlap.</param>
/// <param name="BoundaryInOverlap">Along the boundary where the classes overlap.</param>
/// <param name="BoundaryWithFewData">Along the boundary where data are few.</param>
/// <param name="Highest">Where the epistemic part is highest.</param>
internal sealed record UncertaintyFindings(
    MapRegion Map,
    MapRegion Boundary,
    MapRegion FewData,
    MapRegion Overlap,
    MapRegion BoundaryInOverlap,
    MapRegion BoundaryWithFewData,
    HighestEpistemic Highest)
{
    /// <summary>How far from one half the probability may be along the boundary.</summary>
    public const double BoundaryWidth = 0.1;

    /// <summary>How far away a point may be that is near, in standardised units.</summary>
    public const double Radius = 0.5;

    /// <summary>Where fewer points are near, data are few.</summary>
    public const int FewPoints = 5;

    /// <summary>Where so many of each class are near, the classes overlap.</summary>
    public const int EnoughOfEachClass = 5;

    /// <summary>Finds them.</summary>
    /// <param name="grid">The map's cells.</param>
    /// <param name="probability">The mean probability of class 1.</param>
    /// <param name="aleatoric">The mean entropy of the functions' predictions in nats.</param>
    /// <param name="epistemic">The mutual information of prediction and function in nats.</param>
    /// <param name="points">All points of the data.</param>
    public static UncertaintyFindings Of(
        PlaneGrid grid, double[,] probability, double[,] aleatoric, double[,] epistemic, IReadOnlyList<PlanePoint> points)
    {
        FigureInput.RequireValues(grid, probability, 0, 1, nameof(probability));
        FigureInput.RequireValues(grid, aleatoric, 0, Math.Log(2), nameof(aleatoric));
        FigureInput.RequireValues(grid, epistemic, 0, Math.Log(2), nameof(epistemic));
        FigureInput.RequirePoints(points, nameof(points));
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
