using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.LightGbm;

namespace Bayes.Layers.Uncertainty.Boosting;

/// <summary>Trains LightGBM (Ke et al. 2017, "LightGBM: A Highly Efficient Gradient Boosting Decision Tree") by ML.NET.</summary>
/// <param name="inputs"><c>[rows, columns]</c>.</param>
/// <param name="targets">A target for each row.</param>
/// <param name="seed">Seed of the rows and columns of each tree.</param>
/// <param name="threads">Number of threads.</param>
internal sealed class BoostingTraining(float[,] inputs, double[] targets, int seed, int threads)
{
    /// <summary>Trains trees on some rows.</summary>
    public TreeEnsemble Train(IEnumerable<int> rows, BoostingSettings settings, int trees)
    {
        var context = new MLContext(seed);
        int columns = inputs.GetLength(1);
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, columns);
        var data = context.Data.LoadFromEnumerable(rows.Select(row => new Row
        {
            Features = [.. Enumerable.Range(0, columns).Select(column => inputs[row, column])],
            Label = (float)targets[row],
        }).ToArray(), schema);
        var trainer = context.Regression.Trainers.LightGbm(new LightGbmRegressionTrainer.Options
        {
            LabelColumnName = nameof(Row.Label),
            FeatureColumnName = nameof(Row.Features),
            NumberOfIterations = trees,
            NumberOfLeaves = settings.Leaves,
            MinimumExampleCountPerLeaf = settings.LeastRows,
            LearningRate = settings.LearningRate,
            NumberOfThreads = threads,
            Seed = seed,
            Deterministic = true,
            UseCategoricalSplit = false,
            Silent = true,
            Booster = new GradientBooster.Options
            {
                SubsampleFraction = BoostingSettings.RowShare,
                SubsampleFrequency = 1,
                FeatureFraction = BoostingSettings.ColumnShare,
                L2Regularization = 1,
            },
        });
        try
        {
            return new TreeEnsemble(trainer.Fit(data).Model.TrainedTreeEnsemble);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            throw new InvalidOperationException(
                "LightGBM's native library cannot be loaded on this machine (its package has one for x64 processors, which needs libgomp on Linux); "
                + "leave boosting out of --methods.",
                exception);
        }
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }
}
