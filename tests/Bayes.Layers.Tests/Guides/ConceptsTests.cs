using Bayes.Layers.Diagnostics;

namespace Bayes.Layers.Tests.Guides;

/// <summary>The examples of docs/concepts.md are the code below, and what the guide says holds.</summary>
public sealed class ConceptsTests : TorchTest
{
    [Fact]
    public void The_loss_is_per_example_and_its_terms_add_up()
    {
        Tensor inputs = randn(50, 3), targets = inputs.sum(1L, keepdim: true).gt(0).to(float32);
        var model = new BayesianSequential(new BayesianLinear(3, 8), nn.Tanh(), new BayesianLinear(8, 1));
        var loss = ElboLoss.Bernoulli(datasetSize: 50);

        var outputs = model.Sample(inputs, samples: 8);                       // [8, 50, 1]
        using ElboTerms terms = loss.Evaluate(outputs, targets, model.KlDivergence());
        Tensor nats = terms.NegativeLogLikelihood;                            // mean over the draws and the 50 examples
        Tensor divergence = terms.KlDivergence;                               // of the whole model, in nats
        Tensor total = terms.Total;                                           // nats + divergence / 50

        ShouldBeClose(total, nats + divergence / 50, 1e-6);
        ShouldBeClose(loss.Evaluate(outputs.narrow(1, 0, 10), targets[..10], model.KlDivergence()).KlDivergence, divergence, 1e-6, "a batch does not change what belongs to all");
    }

    [Fact]
    public void The_parts_of_a_prediction_add_up_and_their_error_shrinks_with_the_draws()
    {
        Tensor inputs = randn(50, 3), newInputs = randn(5, 3);
        var model = new BayesianSequential(new BayesianLinear(3, 8), nn.Tanh(), new BayesianLinear(8, 1));
        var loss = ElboLoss.Bernoulli(datasetSize: 50);

        using var prediction = new MonteCarloPredictive(model, loss.Likelihood, samples: 400, seed: 1).Predict(newInputs, keepSamples: true);
        Tensor total = prediction.TotalEntropy;              // how unsure: 0 to log 2 nats for two classes
        Tensor aleatoric = prediction.ExpectedEntropy;       // of that, what each function says is in the data
        Tensor epistemic = prediction.MutualInformation;     // of that, what the functions disagree on
        Tensor error = prediction.StandardErrorOfMean;       // of the mean, for there being 400 draws
        var (lower, upper) = prediction.CredibleInterval(0.9);
        Console.WriteLine(PosteriorDiagnostics.Of(model, loss));

        ShouldBeClose(aleatoric + epistemic, total, 1e-6);
        Values(total).Should().OnlyContain(value => value >= 0 && value <= Math.Log(2) + 1e-6);
        using var fewer = new MonteCarloPredictive(model, loss.Likelihood, samples: 100, seed: 1).Predict(newInputs);
        double ratio = fewer.StandardErrorOfMean.mean().ToDouble() / error.mean().ToDouble();
        ratio.Should().BeInRange(1.7, 2.4, "four times as many draws halve it");
        lower.le(prediction.Mean).logical_and(upper.ge(prediction.Mean)).all().ToBoolean().Should().BeTrue();
    }
}
