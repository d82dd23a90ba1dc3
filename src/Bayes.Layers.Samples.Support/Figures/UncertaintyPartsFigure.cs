using Bayes.Layers.Reports.Figures;

namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>
/// The total uncertainty over the plane and its two parts, in three maps with one scale: the entropy of the prediction, the part that comes from the
/// data, and the part that comes from what the model does not know.
/// </summary>
internal static class UncertaintyPartsFigure
{
    // Far above the rounding errors of single precision, far below what is visible.
    private const double SumTolerance = 1e-3;

    private static readonly double MostOfTwoClasses = Math.Log(2);

    private static readonly string[] Titles = ["Total", "Aleatoric: classes overlap", "Epistemic: functions disagree"];

    /// <summary>Returns the figure.</summary>
    /// <param name="grid">The grid of the maps.</param>
    /// <param name="total">Entropy of the mean prediction, in nats.</param>
    /// <param name="aleatoric">Mean entropy of the functions' predictions, in nats.</param>
    /// <param name="epistemic">Mutual information of prediction and function, in nats: the total minus the aleatoric part.</param>
    /// <param name="probability">Mean probability of class 1, for the boundary.</param>
    /// <param name="points">Examples, drawn on every map.</param>
    /// <param name="axes">The axes' labels.</param>
    /// <param name="names">The classes' names.</param>
    /// <param name="title">The title above the three.</param>
    public static FigureDrawing Draw(
        PlaneGrid grid,
        double[,] total,
        double[,] aleatoric,
        double[,] epistemic,
        double[,] probability,
        IReadOnlyList<PlanePoint> points,
        AxisNames axes,
        ClassNames? names = null,
        string title = "Uncertainty of the prediction and its two parts")
    {
        PlaneInput.RequireValues(grid, total, 0, MostOfTwoClasses, nameof(total));
        PlaneInput.RequireValues(grid, aleatoric, 0, MostOfTwoClasses, nameof(aleatoric));
        PlaneInput.RequireValues(grid, epistemic, 0, MostOfTwoClasses, nameof(epistemic));
        PlaneInput.RequireValues(grid, probability, 0, 1, nameof(probability));
        RequireSum(total, aleatoric, epistemic);
        double[][,] parts = [total, aleatoric, epistemic];
        return MapPanelsFigure.Draw(
            grid, [.. parts.Zip(Titles, (values, name) => new MapPanel(name, NotNegative(values), probability))], points, axes, "uncertainty (nats)",
            title, names);
    }

    // A difference of two roundings may lie just below 0.
    private static double[,] NotNegative(double[,] values)
    {
        var result = new double[values.GetLength(0), values.GetLength(1)];
        for (int row = 0; row < result.GetLength(0); row++)
            for (int column = 0; column < result.GetLength(1); column++)
                result[row, column] = Math.Max(0, values[row, column]);
        return result;
    }

    private static void RequireSum(double[,] total, double[,] aleatoric, double[,] epistemic)
    {
        for (int row = 0; row < total.GetLength(0); row++)
            for (int column = 0; column < total.GetLength(1); column++)
            {
                double sum = aleatoric[row, column] + epistemic[row, column];
                if (Math.Abs(sum - total[row, column]) > SumTolerance)
                    throw new ArgumentException(
                        FormattableString.Invariant(
                            $"total must be the sum of the two parts, but [{row}, {column}] is {total[row, column]}, not {sum}."),
                        nameof(total));
            }
    }
}
