using System.Globalization;
using System.Text.RegularExpressions;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Guides;

/// <summary>The program of docs/getting-started.md is the code below, and it does what the guide says.</summary>
public sealed class GettingStartedTests : TorchTest
{
    [Fact]
    public void The_program_tells_machines_apart_is_calibrated_and_says_what_it_has_not_seen()
    {
        using var folder = new WorkingFolder();
        if (!File.Exists("machines.csv"))
        {
            var chance = new Random(3);
            var machine = () =>
            {
                double temperature = 40 + 60 * chance.NextDouble(), vibration = 10 * chance.NextDouble(), age = 10 * chance.NextDouble();
                double fails = 1 / (1 + Math.Exp(-0.15 * (temperature - 70) - 0.9 * (vibration - 5) - 0.2 * (age - 5)));
                return string.Create(CultureInfo.InvariantCulture, $"{temperature:0.0},{vibration:0.00},{age:0.0},{(chance.NextDouble() < fails ? "yes" : "no")}");
            };
            File.WriteAllLines("machines.csv", ["temperature,vibration,age,failed", .. Enumerable.Range(0, 2_000).Select(_ => machine())]);
        }

        random.manual_seed(1);   // the same numbers in every run
        string[][] rows = [.. File.ReadLines("machines.csv").Skip(1).Select(line => line.Split(','))];
        float Number(string cell) => float.Parse(cell, CultureInfo.InvariantCulture);
        Tensor all = tensor(rows.SelectMany(row => row[..^1]).Select(Number).ToArray()).view(rows.Length, -1);
        Tensor failed = tensor(rows.Select(row => row[^1] == "yes" ? 1f : 0f).ToArray()).view(-1, 1);

        int n = rows.Length;
        Tensor order = randperm(n);
        Tensor train = order[..(n / 2)], validation = order[(n / 2)..(n * 2 / 3)], test = order[(n * 2 / 3)..];
        Tensor mean = all[train].mean([0L]), stddev = all[train].std(0L);   // of the rows to learn from alone
        Tensor inputs = (all - mean) / stddev;

        var model = new BayesianSequential(new BayesianLinear(all.shape[1], 32), nn.Tanh(), new BayesianLinear(32, 1));
        var loss = ElboLoss.Bernoulli(datasetSize: train.shape[0]);
        var trainer = new VariationalTrainer(model, loss);
        TrainingHistory history = trainer.Fit(inputs[train], failed[train], validation: (inputs[validation], failed[validation]));
        Console.WriteLine($"{history.Epochs.Count} epochs, the best was number {history.Best?.Number}");

        var predictive = new MonteCarloPredictive(model, loss.Likelihood, samples: 200, seed: 1);
        using var tested = predictive.Predict(inputs[test]);
        Console.WriteLine(ClassificationReport.Of(tested.Mean, failed[test]));

        using var validated = predictive.Predict(inputs[validation]);
        TemperatureScaling scaling = TemperatureScaling.Fit(validated.Mean, failed[validation]);
        double before = Calibration.OfConfidence(tested.Mean, failed[test]).ExpectedError;
        double after = Calibration.OfConfidence(scaling.Apply(tested.Mean), failed[test]).ExpectedError;
        Console.WriteLine($"temperature {scaling.Temperature:0.00}, calibration error {before:0.000} before and {after:0.000} after");

        Tensor machines = tensor(new float[,] { { 60, 2, 5 }, { 95, 9, 1 }, { 20, 30, 40 } });   // the last is like none in the file
        using var prediction = predictive.Predict((machines - mean) / stddev);
        for (int i = 0; i < 3; i++)
            Console.WriteLine(
                $"P(fails) = {prediction.Mean[i, 0].item<float>():0.00}, of {prediction.TotalEntropy[i].item<float>():0.000} nats "
                + $"{prediction.MutualInformation[i].item<float>():0.000} are what the model does not know");

        Checkpoint.Save(model, "machines.safetensors", loss);
        stack([mean, stddev]).save("machines.scale");   // belongs to the model as much as its weights do

        var loaded = new BayesianSequential(new BayesianLinear(3, 32), nn.Tanh(), new BayesianLinear(32, 1));
        Checkpoint.Load(loaded, "machines.safetensors");
        Tensor scale = load("machines.scale");
        using var again = new MonteCarloPredictive(loaded, loss.Likelihood, samples: 200, seed: 1).Predict((machines - scale[0]) / scale[1]);

        ShouldBeClose(again.Mean, prediction.Mean, 0);
        before.Should().BeLessThan(0.06);
        scaling.Temperature.Should().BeInRange(0.8, 1.25, "there is nothing to mend");
        double[] unknown = Values(prediction.MutualInformation);
        unknown[2].Should().BeGreaterThan(3 * unknown[0], "in nats, of what the functions disagree on");

        // What the guide shows was printed by this program; another processor may print other last digits.
        string[] shown = [.. DocumentedExamples.BlocksOf("docs/getting-started.md").Where(block => block.Language == "").Select(block => block.Code)];
        shown.Should().HaveCount(3);
        Number(Regex.Match(shown[0], @"accuracy +([\d.]+)").Groups[1].Value).Should().BeApproximately((float)Accuracy.Of(tested.Mean, failed[test]), 0.02f);
        Number(Regex.Match(shown[1], @"temperature ([\d.]+)").Groups[1].Value).Should().BeApproximately((float)scaling.Temperature, 0.1f);
        for (int i = 0; i < 3; i++)
            Number(Regex.Matches(shown[2], @"P\(fails\) = ([\d.]+)")[i].Groups[1].Value).Should().BeApproximately(prediction.Mean[i, 0].item<float>(), 0.03f);
    }
}
