using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Tabular;

/// <summary>One split: standardises with its training rows, trains on them and tests on its test rows.</summary>
internal static class TabularSplit
{
    // A network weighs e times as much if its ELBO is higher by this many nats per example; not less than the noise of the ELBO.
    private const double Temperature = 0.03;

    // Kept: splits run on several threads, and a collection on one could free another's temporary (docs/decisions/0007).
    private static readonly Scalar One = 1.0;

    /// <summary>Trains the mixture's networks and evaluates them together.</summary>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public static SplitResult Run(TabularOptions options, TabularData data, int number, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var split = TrainTestSplit.Of(data.Rows, options.TestFraction, (uint)(SeedStreams.For(options.Seed, $"split {number}") & uint.MaxValue));
        var (train, test) = StandardizedRows.Features(data, split);
        bool isRegression = data.Classes.Count == 0;
        double[] trainTargets = [.. split.Train.Select(row => data.Targets[row])], testTargets = [.. split.Test.Select(row => data.Targets[row])];
        double centre = 0, unit = 1;
        if (isRegression)
            (centre, unit) = StandardizedRows.CentreAndUnit(trainTargets);

        var recipes = isRegression ? TabularRecipe.OfRegression : TabularRecipe.OfClasses;
        Tensor target = Targets(trainTargets), testTarget = Targets(testTargets);
        var predictions = new List<(double Loss, Likelihood Likelihood, Tensor Outputs)>();
        foreach (var (recipe, member) in recipes.Select((recipe, member) => (recipe, member)))
        {
            long seed = SeedStreams.For(options.Seed, $"split {number}, network {member}");
            using var network = new TabularNetwork(options, recipe, train.shape[1], split.Train.Length, data.Classes.Count, seed);
            double loss = network.Train(train, target, cancellationToken);
            var (likelihood, outputs) = network.Predict(test, options.Samples, seed);
            predictions.Add((loss, likelihood, outputs.to(float64)));
        }
        double least = predictions.Min(each => each.Loss);
        double[] weights = [.. predictions.Select(each => Math.Exp((least - each.Loss) / Temperature))];
        double sum = weights.Sum();
        weights = [.. weights.Select(weight => weight / sum)];
        return isRegression
            ? Regression(number, predictions, weights, testTarget.to(float64), testTargets, centre, unit)
            : Classes(number, predictions, weights, testTarget, testTargets);

        Tensor Targets(double[] values) => isRegression
            ? tensor([.. values.Select(value => (float)((value - centre) / unit))]).unsqueeze(1)
            : tensor([.. values.Select(value => (long)value)]);
    }

    private static SplitResult Regression(
        int number, List<(double Loss, Likelihood Likelihood, Tensor Outputs)> predictions, double[] weights, Tensor target, double[] testTargets,
        double centre, double unit)
    {
        double[] mean = new double[testTargets.Length], below = new double[testTargets.Length], squares = new double[testTargets.Length];
        var densities = new double[weights.Length][];
        for (int member = 0; member < weights.Length; member++)
        {
            var (_, likelihood, outputs) = predictions[member];
            var means = likelihood.Mean(outputs);
            AddTo(mean, means, weights[member]);
            AddTo(squares, means.mul(means).add_(likelihood.Variance(outputs)), weights[member]);
            using Scalar share = Math.Log(weights[member] / outputs.shape[0]);
            densities[member] = Numbers.Of(likelihood.LogProbability(outputs, target).logsumexp(0).add(share, One));
            AddTo(below, ((ContinuousLikelihood)likelihood).CumulativeProbability(outputs, target), weights[member]);
        }
        return new SplitResult
        {
            Split = number,
            Rmse = Math.Sqrt(mean.Zip(testTargets, (m, y) => Math.Pow(centre + unit * m - y, 2)).Average()),
            // The density of a target in its own unit is the density of the standardised target, divided by the unit.
            LogDensity = Enumerable.Range(0, testTargets.Length).Average(row => LogOfSum(densities, row)) - Math.Log(unit),
            Coverage95 = below.Average(share => share is >= 0.025 and <= 0.975 ? 1.0 : 0),
            Predicted = new TestPrediction(
                testTargets, [.. mean.Select(m => centre + unit * m)], [.. squares.Zip(mean, (square, m) => unit * Math.Sqrt(square - m * m))]),
        };
    }

    private static SplitResult Classes(
        int number, List<(double Loss, Likelihood Likelihood, Tensor Outputs)> predictions, double[] weights, Tensor target, double[] testTargets)
    {
        long[] shape = predictions[0].Outputs.shape[1..];
        var sums = new double[shape[0] * shape[1]];
        for (int member = 0; member < weights.Length; member++)
            AddTo(sums, predictions[member].Likelihood.Mean(predictions[member].Outputs), weights[member]);
        var probability = tensor(sums, shape);
        return new SplitResult
        {
            Split = number,
            Accuracy = Accuracy.Of(probability, target),
            Nll = NegativeLogLikelihood.Of(probability, target),
            Ece = Calibration.OfConfidence(probability, target).ExpectedError,
            Predicted = new TestPrediction(testTargets, sums, []),
        };
    }

    // Not the logarithm of a sum of densities: far from all networks, that sum is 0 in double precision.
    private static double LogOfSum(double[][] logs, int row)
    {
        double most = logs.Max(each => each[row]);
        return most + Math.Log(logs.Sum(each => Math.Exp(each[row] - most)));
    }

    private static void AddTo(double[] sums, Tensor ofDraws, double weight)
    {
        double[] values = Numbers.Of(ofDraws.mean([0L]));
        for (int row = 0; row < sums.Length; row++)
            sums[row] += weight * values[row];
    }
}
