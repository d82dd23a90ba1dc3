using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Samples.Support.Running;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Support.Findings;

/// <summary>Maps of a prediction over the plane.</summary>
/// <param name="Grid">The cells of the maps.</param>
/// <param name="Probability">P(class 1).</param>
/// <param name="EpistemicStddev">Standard deviation of P(class 1) over the draws.</param>
/// <param name="Total">Entropy of the prediction, in nats.</param>
/// <param name="Aleatoric">Mean entropy over the draws, in nats.</param>
/// <param name="Epistemic">Mutual information of class and function, in nats.</param>
internal sealed record UncertaintyMaps(
    PlaneGrid Grid, double[,] Probability, double[,] EpistemicStddev, double[,] Total, double[,] Aleatoric, double[,] Epistemic)
{
    /// <summary>Returns the points of a grid, row by row, <c>[rows · columns, 2]</c>.</summary>
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

    /// <summary>Returns the maps of a prediction for the points of a grid.</summary>
    public static UncertaintyMaps Of(PlaneGrid grid, Predictive prediction) => new(
        grid, Map(grid, prediction.Mean), Map(grid, prediction.EpistemicStddev), Map(grid, prediction.TotalEntropy),
        Map(grid, prediction.ExpectedEntropy), Map(grid, prediction.MutualInformation));

    /// <summary>Returns the values of the points of a grid, row by row, as a map.</summary>
    public static double[,] Map(PlaneGrid grid, Tensor values)
    {
        double[] flat = Numbers.Of(values);
        var map = new double[grid.Rows, grid.Columns];
        Buffer.BlockCopy(flat, 0, map, 0, sizeof(double) * flat.Length);
        return map;
    }
}
