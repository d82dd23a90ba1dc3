using Bayes.Layers.Evaluation;
using Bayes.Layers.Samples.Figures;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>The experiment's figures.</summary>
internal static class BreastCancerFigures
{
    private const int PointsOfEachClass = 20;

    private static readonly AxisNames Axes = new("mean radius (standardised)", "mean texture (standardised)");

    /// <summary>A grid over the range of the data.</summary>
    public static PlaneGrid Grid(IReadOnlyList<PlanePoint> points, int side) =>
        new(points.Min(p => p.X), points.Max(p => p.X), points.Min(p => p.Y), points.Max(p => p.Y), side, side);

    /// <summary>The points of a grid, row by row: <c>[rows · columns, 2]</c>.</summary>
    public static Tensor Points(PlaneGrid grid, Device device)
    {
        float[] values = new float[2 * grid.Rows * grid.Columns];
        int next = 0;
        for (int row = 0; row < grid.Rows; row++)
            for (int column = 0; column < grid.Columns; column++)
            {
                values[next++] = (float)grid.XAt(column);
                values[next++] = (float)grid.YAt(row);
            }
        return tensor(values, [grid.Rows * grid.Columns, 2], device: device);
    }

    /// <summary>Writes every figure, and gives their file names.</summary>
    public static IReadOnlyList<string> Save(
        string folder, IReadOnlyList<PlanePoint> points, ConfusionMatrix confusion, PlaneGrid grid, Predictive prediction, long seed)
    {
        double[,] probability = Map(grid, prediction.Mean), stddev = Map(grid, prediction.EpistemicStddev);
        (string Name, Action<string> Write)[] figures =
        [
            ("data.png", path => DataFigure.Save(path, points, Axes, title: "Breast cancer (Wisconsin): two features")),
            ("confusion_matrix.png", path => ConfusionMatrixFigure.Save(path, confusion.ToArray(), title: "Test half")),
            ("decision_boundary.png", path => DecisionBoundaryFigure.Save(path, grid, probability, Axes, title: "Decision boundary")),
            ("uncertainty.png", path => UncertaintyFigure.Save(path, grid, stddev, probability, Some(points, seed), Axes, title: "Epistemic uncertainty and decision boundary")),
        ];
        foreach (var (name, write) in figures)
            write(Path.Combine(folder, name));
        return [.. figures.Select(figure => figure.Name)];
    }

    private static double[,] Map(PlaneGrid grid, Tensor values)
    {
        using var scope = NewDisposeScope();
        double[] flat = values.to(float64).cpu().contiguous().data<double>().ToArray();
        var map = new double[grid.Rows, grid.Columns];
        Buffer.BlockCopy(flat, 0, map, 0, sizeof(double) * flat.Length);
        return map;
    }

    private static IReadOnlyList<PlanePoint> Some(IReadOnlyList<PlanePoint> points, long seed)
    {
        var random = new Random(unchecked((int)SeedStreams.For(seed, "points")));
        return [.. points.GroupBy(point => point.Class).OrderBy(group => group.Key).SelectMany(group =>
        {
            PlanePoint[] all = [.. group];
            random.Shuffle(all);
            return all.Take(PointsOfEachClass);
        })];
    }
}
