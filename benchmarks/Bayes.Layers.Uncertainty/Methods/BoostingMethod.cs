using Bayes.Layers.Uncertainty.Boosting;
using static TorchSharp.torch;

namespace Bayes.Layers.Uncertainty.Methods;

/// <summary>Gradient boosting with normal noise.</summary>
internal sealed class BoostingMethod : UncertaintyMethod
{
    private const int Folds = 5;

    // With fewer rows a tree takes less time than threads take to meet.
    private const int RowsPerThread = 10_000;

    public override string Name => "boosting";

    public override string Description =>
        "LightGBM. Leaves and the number of trees are those with the least error over five folds of the training rows; then all training rows are "
        + "learned again. Normal noise of the size of the errors of the folds.";

    public override PredictedTargets Predict(SplitRows rows, long seed, CancellationToken cancellationToken)
    {
        var split = StandardizedSplit.Of(rows);
        int testRows = rows.Test.GetLength(0), shortSeed = (int)(seed & int.MaxValue);
        if (split.Columns == 0)
            return split.InOwnUnit(new double[testRows], Enumerable.Repeat(1.0, testRows));
        float[,] inputs = Singles(split.Train), test = Singles(split.Test);
        int[] order = NumpyPermutation.Of(split.Rows, (uint)shortSeed);
        var folds = new int[split.Rows];
        foreach (var (place, row) in order.Index())
            folds[row] = place % Folds;

        var training = new BoostingTraining(inputs, split.Targets, shortSeed, Math.Min(get_num_threads(), 1 + split.Rows / RowsPerThread));
        var search = new BoostingSearch(training, inputs, split.Targets, folds);
        var choice = search.Find(BoostingSettings.For(split.Rows), cancellationToken);
        var ensemble = training.Train(Enumerable.Range(0, split.Rows), choice.Settings, choice.Trees);
        var predictions = new double[choice.Trees];
        var mean = new double[testRows];
        for (int row = 0; row < testRows; row++)
        {
            ensemble.Predict(test, row, predictions);
            mean[row] = predictions[^1];
        }
        return split.InOwnUnit(mean, Enumerable.Repeat(Math.Max(choice.Error, 1e-9), testRows));
    }

    private static float[,] Singles(double[,] values)
    {
        var singles = new float[values.GetLength(0), values.GetLength(1)];
        for (int row = 0; row < singles.GetLength(0); row++)
            for (int column = 0; column < singles.GetLength(1); column++)
                singles[row, column] = (float)values[row, column];
        return singles;
    }
}
