using Bayes.Layers.Evaluation;
using static TorchSharp.torch;
using Tables = Bayes.Layers.Tabular;

namespace Bayes.Layers.Samples.Tabular;

/// <summary>One split: trains a model of a table on its training rows, and tests it on its test rows.</summary>
internal static class TabularSplit
{
    private const string Target = "the target";

    // If the number of passes is given, which alone says nothing about the number of steps.
    private const int UsualBatchSize = 64;

    /// <summary>Trains a model and evaluates it.</summary>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public static SplitResult Run(TabularOptions options, TabularData data, int number, CancellationToken cancellationToken)
    {
        var split = TrainTestSplit.Of(data.Rows, options.TestFraction, (uint)(SeedStreams.For(options.Seed, $"split {number}") & uint.MaxValue));
        var (train, test) = (TableOf(data, split.Train), TableOf(data, split.Test));
        var settings = SettingsOf(options, split.Train.Length) with
        {
            Seed = (int)(SeedStreams.For(options.Seed, $"networks of split {number}") & int.MaxValue),
        };
        double[] targets = [.. split.Test.Select(row => data.Targets[row])];
        return data.Classes.Count == 0
            ? Regression(number, train, test, targets, settings, cancellationToken)
            : Classes(number, train, test, targets, data.Classes, settings, cancellationToken);
    }

    private static SplitResult Regression(
        int number, Tables.Table train, Tables.Table test, double[] targets, Tables.TabularOptions settings, CancellationToken cancellationToken)
    {
        using var model = Tables.TabularRegression.Train(train, Target, settings, cancellationToken: cancellationToken);
        using var prediction = model.Predict(test, cancellationToken);
        var below = prediction.CumulativeProbability(targets, cancellationToken);
        return new SplitResult
        {
            Split = number,
            Rmse = Math.Sqrt(prediction.Mean.Zip(targets, (mean, target) => Math.Pow(mean - target, 2)).Average()),
            LogDensity = prediction.LogDensityOf(targets, cancellationToken).Average(),
            Coverage95 = below.Average(share => share is >= 0.025 and <= 0.975 ? 1.0 : 0),
            Predicted = new TestPrediction(targets, [.. prediction.Mean], [.. prediction.TotalStddev]),
        };
    }

    private static SplitResult Classes(
        int number, Tables.Table train, Tables.Table test, double[] targets, IReadOnlyList<string> classes, Tables.TabularOptions settings,
        CancellationToken cancellationToken)
    {
        using var model = Tables.TabularClassification.Train(train, Target, settings, cancellationToken: cancellationToken);
        var prediction = model.Predict(test, cancellationToken);
        // A class without a training row has no probability.
        double[,] probabilities = new double[targets.Length, classes.Count];
        foreach (var (index, name) in classes.Index())
            if (prediction.ClassNames.Contains(name))
                foreach (var (row, probability) in prediction.ProbabilityOf(name).Index())
                    probabilities[row, index] = probability;
        using var scope = NewDisposeScope();
        Tensor all = tensor(probabilities), target = tensor([.. targets.Select(value => (long)value)]);
        return new SplitResult
        {
            Split = number,
            Accuracy = Accuracy.Of(all, target),
            Nll = NegativeLogLikelihood.Of(all, target),
            Ece = Calibration.OfConfidence(all, target).ExpectedError,
            Predicted = new TestPrediction(targets, [.. probabilities.Cast<double>()], []),
        };
    }

    // What is 0 is left to the package.
    private static Tables.TabularOptions SettingsOf(TabularOptions options, int rows)
    {
        int? batch = options.BatchSize > 0 ? options.BatchSize : options.Epochs > 0 ? UsualBatchSize : null;
        return new Tables.TabularOptions
        {
            Hidden = options.Hidden > 0 ? [options.Hidden] : null,
            BatchSize = batch,
            Steps = options.Epochs > 0 ? options.Epochs * (int)Math.Ceiling((double)rows / Math.Min(rows, batch!.Value)) : null,
            LearningRate = options.LearningRate > 0 ? options.LearningRate : null,
            Draws = Math.Max(2, options.Samples),
            // Splits run side by side.
            MembersAtATime = 1,
        };
    }

    private static Tables.Table TableOf(TabularData data, int[] rows)
    {
        double[,] values = new double[rows.Length, data.FeatureNames.Count];
        for (int row = 0; row < rows.Length; row++)
            for (int column = 0; column < data.FeatureNames.Count; column++)
                values[row, column] = data.Features[rows[row], column];
        var table = Tables.Table.Of(values, data.FeatureNames);
        return data.Classes.Count == 0 ? table.With(Target, rows.Select(row => data.Targets[row]).ToArray())
            : table.With(Target, rows.Select(row => data.Classes[(int)data.Targets[row]]).ToArray());
    }
}
