using Bayes.Layers.Samples.Support.Figures;

namespace Bayes.Layers.Tests.Samples.Figures;

/// <summary>
/// Made-up maps like those of a Bayesian network: the functions are logistic, with boundaries through the origin whose directions and slopes
/// differ, so that their disagreement along the boundary grows with the distance from the origin.
/// </summary>
internal sealed class SyntheticPlane
{
    private const int Functions = 60;

    public SyntheticPlane(PlaneGrid grid)
    {
        Grid = grid;
        var random = new Random(7);
        (double X, double Y)[] slopes = [.. Enumerable.Range(0, Functions).Select(_ => (-3.2 + 0.7 * Normal(random), -1.2 + 0.5 * Normal(random)))];
        Probability = PlaneMaps.Of(grid, (x, y) => slopes.Average(slope => Logistic(slope.X * x + slope.Y * y)));
        Aleatoric = PlaneMaps.Of(grid, (x, y) => slopes.Average(slope => Entropy(Logistic(slope.X * x + slope.Y * y))));
        Total = new double[grid.Rows, grid.Columns];
        Epistemic = new double[grid.Rows, grid.Columns];
        for (int row = 0; row < grid.Rows; row++)
            for (int column = 0; column < grid.Columns; column++)
            {
                Total[row, column] = Entropy(Probability[row, column]);
                Epistemic[row, column] = Math.Max(0, Total[row, column] - Aleatoric[row, column]);
            }
    }

    public PlaneGrid Grid { get; }

    public double[,] Probability { get; }

    public double[,] Total { get; }

    public double[,] Aleatoric { get; }

    public double[,] Epistemic { get; }

    private static double Logistic(double value) => 1 / (1 + Math.Exp(-value));

    private static double Entropy(double probability) => Part(probability) + Part(1 - probability);

    private static double Part(double share) => share <= 0 ? 0 : -share * Math.Log(share);

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
