using Bayes.Layers.Conversion;
using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests;

/// <summary>The README's examples are the code below, and it runs.</summary>
public sealed class ReadmeTests : TorchTest
{
    [Fact]
    public void The_first_example_learns_and_knows_what_it_does_not_know()
    {
        var inputs = randn(256, 2);
        var targets = (inputs.sum(1L, keepdim: true) > 0).to(float32);
        var newInputs = tensor(new float[,] { { 2, 2 }, { -2, -2 }, { 8, -8 } });

        var (mean, stddev) = FirstExample(inputs, targets, newInputs);
        mean[0].Should().BeGreaterThan(0.9);
        mean[1].Should().BeLessThan(0.1);
        stddev[2].Should().BeGreaterThan(2 * stddev[0], "on the boundary, far from the data, the functions disagree");
    }

    private static (double[] Mean, double[] Stddev) FirstExample(Tensor inputs, Tensor targets, Tensor newInputs)
    {
        var model = new BayesianSequential(new BayesianLinear(2, 16), nn.Tanh(), new BayesianLinear(16, 1));
        var loss = ElboLoss.Bernoulli(datasetSize: inputs.shape[0]);   // −log p(y | f) + KL / N
        var optimizer = optim.AdamW(model.parameters(), lr: 1e-2);
        for (int step = 0; step < 1000; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            loss.forward(model.Sample(inputs, samples: 4), targets, model.KlDivergence()).backward();
            optimizer.step();
        }

        using var prediction = new MonteCarloPredictive(model, loss.Likelihood, samples: 100).forward(newInputs);
        Console.WriteLine(prediction.Mean.str());              // P(y = 1)
        Console.WriteLine(prediction.EpistemicStddev.str());   // how much the functions disagree
        return (Values(prediction.Mean), Values(prediction.EpistemicStddev));
    }

    [Fact]
    public void The_second_example_tells_the_kinds_of_uncertainty_apart()
    {
        random.manual_seed(1);
        var inputs = randn(256, 2);
        var targets = (inputs.sum(1L, keepdim: true) > 0).to(float32);
        var model = new BayesianSequential(new BayesianLinear(2, 16), nn.Tanh(), new BayesianLinear(16, 1));
        var loss = ElboLoss.Bernoulli(datasetSize: inputs.shape[0]);
        SecondExample(model, loss, inputs, targets);
    }

    private static void SecondExample(BayesianSequential model, ElboLoss loss, Tensor testInputs, Tensor testTargets)
    {
        var predictive = new MonteCarloPredictive(model, loss.Likelihood, samples: 100, seed: 1);
        using var whole = predictive.Predict(testInputs, testTargets, keepSamples: true);

        Tensor total = whole.TotalEntropy;               // nats: how unsure the prediction is …
        Tensor aleatoric = whole.ExpectedEntropy;        // … because the classes overlap, and
        Tensor epistemic = whole.MutualInformation;      // … because the functions disagree: total = aleatoric + epistemic
        Tensor density = whole.LogPredictiveDensity;     // log p(y | x) of each target
        Tensor error = whole.StandardErrorOfMean;        // of the mean, for there being only 100 draws
        var (lower, upper) = whole.CredibleInterval(0.9);

        Console.WriteLine(ClassificationReport.Of(whole.Mean, testTargets));   // accuracy, NLL, Brier, ECE, AUC …
        var rejection = RejectionCurve.Of(epistemic, whole.Mean, testTargets);
        Console.WriteLine(rejection.AccuracyAt(0.2));                          // with the least certain fifth set aside
        Console.WriteLine(PosteriorDiagnostics.Of(model, loss));               // a table of the layers, and warnings

        // Half the draws here, half on another machine: put together they are the draws 0 to 99.
        var half = new MonteCarloPredictive(model, loss.Likelihood, samples: 50, seed: 1);
        using var first = half.Predict(testInputs);
        using var second = half.Predict(testInputs, firstDraw: 50);
        using var merged = Predictive.Merge(first, second);

        ShouldBeClose(total, aleatoric + epistemic, 1e-6);
        ShouldBeClose(merged.Mean, whole.Mean, 1e-6);
        Values(upper - lower).Should().OnlyContain(width => width > 0);
        Values(error).Should().OnlyContain(value => value > 0 && value < 0.1);
        density.shape.Should().Equal(256);
    }

    [Fact]
    public void The_third_example_makes_a_network_bayesian_and_its_intervals_hold_what_they_say()
    {
        Tensor inputs = randn(200, 3), testInputs = randn(200, 3);
        var network = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1));
        double covered = ThirdExample(network, inputs, Response(inputs), testInputs, Response(testInputs));
        covered.Should().BeInRange(0.85, 1);

        static Tensor Response(Tensor x) => x.narrow(1, 0, 1) - x.narrow(1, 1, 1).tanh() + 0.2 * randn(x.shape[0], 1);
    }

    private static double ThirdExample(nn.Module<Tensor, Tensor> network, Tensor inputs, Tensor targets, Tensor testInputs, Tensor testTargets)
    {
        BayesianModule bayesian = network.ToBayesian(new BayesianConversion { Moped = new Moped(delta: 0.1) });   // starts from its weights
        var gaussian = ElboLoss.Gaussian(datasetSize: inputs.shape[0]);                                           // learns the noise too
        TrainingHistory history = new VariationalTrainer(bayesian, gaussian).Fit(inputs, targets);                // until the loss no longer falls

        using var forecast = new MonteCarloPredictive(bayesian, gaussian.Likelihood, samples: 200).Predict(testInputs, keepSamples: true);
        var (low, high) = forecast.PredictionInterval(0.95);              // of the target, noise and all

        nn.Module<Tensor, Tensor> mean = bayesian.ToDeterministic();      // the posterior's mean; or a draw: ToDeterministic(seed: 1, draw: 7)
        var curve = SignalToNoisePruning.Curve(bayesian, [0, 0.5, 0.9], model => ErrorOf(model));

        history.Epochs.Should().NotBeEmpty();
        curve[0].Value.Should().BeApproximately((mean.forward(testInputs) - testTargets).square().mean().ToDouble(), 1e-5);
        curve[^1].Value.Should().BeGreaterThan(curve[0].Value);
        return testTargets.ge(low).logical_and(testTargets.le(high)).to(float64).mean().ToDouble();

        double ErrorOf(BayesianModule model) => (model.Sample(testInputs, PosteriorMean.Instance)[0] - testTargets).square().mean().ToDouble();
    }
}
