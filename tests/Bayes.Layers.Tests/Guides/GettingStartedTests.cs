using System.Globalization;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Guides;

/// <summary>The program of docs/getting-started.md is the code below, line by line, and it runs.</summary>
public sealed class GettingStartedTests : TorchTest
{
    [Fact]
    public void The_guide_s_program_stands_here_line_by_line() => DocumentedExamples.ShouldStandIn("getting-started.md", 7, "GettingStartedTests.cs");

    [Fact]
    public void The_program_tells_machines_apart_is_calibrated_and_says_what_it_has_not_seen()
    {
        using var folder = new WorkingFolder();
        File.WriteAllLines("machines.csv", Machines());
        var (report, calibrated, known, unknown, same) = Run();
        report.Accuracy.Should().BeGreaterThan(0.8);
        calibrated.Should().BeLessThan(0.12);
        unknown.Should().BeGreaterThan(3 * known, "in nats, of what the functions disagree on");
        same.Should().BeTrue();
    }

    private static (ClassificationReport Report, double CalibrationError, double Known, double Unknown, bool Same) Run()
    {
        random.manual_seed(1);
        string[][] rows = [.. File.ReadLines("machines.csv").Skip(1).Select(line => line.Split(','))];
        float Number(string cell) => float.Parse(cell, CultureInfo.InvariantCulture);
        Tensor all = tensor(rows.SelectMany(row => row[..^1]).Select(Number).ToArray()).view(rows.Length, -1);
        Tensor failed = tensor(rows.Select(row => row[^1] == "yes" ? 1f : 0f).ToArray()).view(-1, 1);

        Tensor order = randperm(rows.Length);
        Tensor train = order[..300], validation = order[300..400], test = order[400..];
        Tensor mean = all[train].mean([0L]), stddev = all[train].std(0L);   // of the training rows alone
        Tensor inputs = (all - mean) / stddev;

        var model = new BayesianSequential(new BayesianLinear(3, 32), nn.Tanh(), new BayesianLinear(32, 1));
        var loss = ElboLoss.Bernoulli(datasetSize: 300);
        var trainer = new VariationalTrainer(model, loss, new VariationalTrainerOptions { Epochs = 300, BatchSize = 32, LearningRate = 0.01, Patience = 40 });
        TrainingHistory history = trainer.Fit(inputs[train], failed[train], validation: (inputs[validation], failed[validation]));

        var predictive = new MonteCarloPredictive(model, loss.Likelihood, samples: 200, seed: 1);
        using var tested = predictive.Predict(inputs[test], failed[test]);
        ClassificationReport report = ClassificationReport.Of(tested.Mean, failed[test]);
        Console.WriteLine(report);

        using var validated = predictive.Predict(inputs[validation]);
        TemperatureScaling scaling = TemperatureScaling.Fit(validated.Mean, failed[validation]);
        Tensor probability = scaling.Apply(tested.Mean);
        double calibrationError = Calibration.OfProbability(probability, failed[test]).ExpectedError;

        Tensor machines = tensor(new float[,] { { 60, 2, 5 }, { 95, 9, 1 }, { 20, 30, 40 } });   // the last is like none in the file
        using var prediction = predictive.Predict((machines - mean) / stddev);
        for (int i = 0; i < 3; i++)
            Console.WriteLine(
                $"P(fails) = {prediction.Mean[i, 0].item<float>():0.00}, of {prediction.TotalEntropy[i].item<float>():0.00} nats "
                + $"{prediction.MutualInformation[i].item<float>():0.00} are what the model does not know");

        Checkpoint.Save(model, "machines.safetensors", loss);
        var another = new BayesianSequential(new BayesianLinear(3, 32), nn.Tanh(), new BayesianLinear(32, 1));
        Checkpoint.Load(another, "machines.safetensors", loss);
        history.Epochs.Should().NotBeEmpty();
        using var again = new MonteCarloPredictive(another, loss.Likelihood, samples: 200, seed: 1).Predict((machines - mean) / stddev);
        return (report, calibrationError, prediction.MutualInformation[0].item<float>(), prediction.MutualInformation[2].item<float>(),
            again.Mean.eq(prediction.Mean).all().item<bool>());
    }

    // Temperature, vibration and age; the hot and those that shake fail, not without exceptions.
    private static IEnumerable<string> Machines()
    {
        var random = new Random(3);
        yield return "temperature,vibration,age,failed";
        for (int i = 0; i < 600; i++)
        {
            double temperature = 40 + 60 * random.NextDouble(), vibration = 10 * random.NextDouble(), age = 10 * random.NextDouble();
            double score = 0.15 * (temperature - 70) + 0.9 * (vibration - 5) + 0.2 * (age - 5);
            yield return string.Create(CultureInfo.InvariantCulture, $"{temperature:0.0},{vibration:0.00},{age:0.0},{(random.NextDouble() < 1 / (1 + Math.Exp(-score)) ? "yes" : "no")}");
        }
    }
}
