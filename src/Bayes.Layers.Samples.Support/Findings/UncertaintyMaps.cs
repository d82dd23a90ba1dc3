using Bayes.Layers.Samples.Support.Figures;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Support.Findings;

/// <summary>A prediction over the plane, as maps.</summary>
/// <param name="Grid">Their cells.</param>
/// <param name="Probability">P(benign).</param>
/// <param name="EpistemicStddev">The spread of P(benign) over the draws, as a standard deviation.</param>
/// <param name="Total">The entropy of the prediction, in nats.</param>
/// <param name="Aleatoric">The mean over the draws of the entropy, in nats.</param>
/// <param name="Epistemic">The mutual information of class and function, in nats.</param>
internal sealed record UncertaintyMaps(
    PlaneGrid Grid, double[,] Probability, double[,] EpistemicStddev, double[,] Total, double[,] Aleatoric, double[,] Epistemic)
{
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

    /// <summary>Maps of a prediction for the points of a grid.</summary>
    public static UncertaintyMaps Of(PlaneGrid grid, Predictive prediction)
    {
        return new UncertaintyMaps(
            grid, Map(prediction.Mean), Map(prediction.EpistemicStddev), Map(prediction.TotalEntropy), Map(prediction.ExpectedEntropy), Map(prediction.MutualInformation));

        double[,] Map(Tensor values)
        {
            using var scope = NewDisposeScope();
            double[] flat = values.to(float64).cpu().contiguous().data<double>().ToArray();
            var map = new double[grid.Rows, grid.Columns];
            Buffer.BlockCopy(flat, 0, map, 0, sizeof(double) * flat.Length);
            return map;
        }
    }
}
