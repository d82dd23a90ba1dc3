using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare.Problems;

/// <summary>Standardises a split's rows with its training rows.</summary>
internal static class StandardizedRows
{
    /// <summary>
    /// Returns the features of both parts, <c>[rows, features]</c> in single precision, without those that are constant in training.
    /// </summary>
    public static (Tensor Train, Tensor Test) Features(TabularData data, TrainTestSplit split)
    {
        // A column that differs between rows can still be constant in the training rows. It then says nothing, and has no scale.
        int[] columns = [.. Enumerable.Range(0, data.FeatureNames.Count).Where(
            column => split.Train.Any(row => data.Features[row, column] != data.Features[split.Train[0], column]))];
        string[] names = [.. columns.Select(column => data.FeatureNames[column])];
        double[,] train = Select(data, split.Train, columns), test = Select(data, split.Test, columns);
        var standardizer = Standardizer.Fit(names, train);
        return (tensor(standardizer.Transform(train), float32), tensor(standardizer.Transform(test), float32));
    }

    /// <summary>Returns the mean and the standard deviation of targets.</summary>
    public static (double Centre, double Unit) CentreAndUnit(double[] targets)
    {
        var column = new double[targets.Length, 1];
        for (int row = 0; row < targets.Length; row++)
            column[row, 0] = targets[row];
        var fitted = Standardizer.Fit(["target"], column);
        return (fitted.Means[0], fitted.StandardDeviations[0]);
    }

    private static double[,] Select(TabularData data, int[] rows, int[] columns)
    {
        var selected = new double[rows.Length, columns.Length];
        for (int row = 0; row < rows.Length; row++)
            for (int column = 0; column < columns.Length; column++)
                selected[row, column] = data.Features[rows[row], columns[column]];
        return selected;
    }
}
