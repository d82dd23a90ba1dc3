namespace Bayes.Layers.Tests.Guides;

/// <summary>The example in docs/concepts.md behaves as the text says.</summary>
public sealed class ConceptsTests : TorchTest
{
    private static readonly DocumentedProgram Program = DocumentedExamples.ProgramsOf("docs/concepts.md")[1];

    [Fact]
    public void The_loss_is_per_example_and_its_terms_add_up() =>
        Program.Run(["objective", "nats", "divergence", "loss", "outputs", "targets", "model"], found =>
        {
            Tensor divergence = found.Get<Tensor>("divergence");
            ShouldBeClose(found.Get<Tensor>("objective"), found.Get<Tensor>("nats") + divergence / 50, 1e-6);
            Tensor outputs = found.Get<Tensor>("outputs"), targets = found.Get<Tensor>("targets");
            outputs.shape.Should().Equal(8, 50, 1);
            var ofBatch = found.Get<ElboLoss>("loss")
                .Evaluate(outputs.narrow(1, 0, 10), targets[..10], found.Get<BayesianModule>("model").KlDivergence());
            ShouldBeClose(ofBatch.KlDivergence, divergence, 1e-6, "the batch does not change the divergence");
        });

    [Fact]
    public void The_parts_of_a_prediction_add_up_and_their_error_shrinks_with_the_draws() =>
        Program.Run(["total", "aleatoric", "epistemic", "error", "lower", "upper", "prediction", "model", "loss", "newInputs"], found =>
        {
            Tensor total = found.Get<Tensor>("total"), mean = found.Get<Predictive>("prediction").Mean;
            ShouldBeClose(found.Get<Tensor>("aleatoric") + found.Get<Tensor>("epistemic"), total, 1e-6);
            Values(total).Should().OnlyContain(value => value >= 0 && value <= Math.Log(2) + 1e-6);
            using var predictive =
                new MonteCarloPredictive(found.Get<BayesianModule>("model"), found.Get<ElboLoss>("loss").Likelihood, samples: 100, seed: 1);
            using var fewer = predictive.Predict(found.Get<Tensor>("newInputs"));
            double ratio = fewer.StandardErrorOfMean.mean().ToDouble() / found.Get<Tensor>("error").mean().ToDouble();
            ratio.Should().BeInRange(1.7, 2.4, "four times as many draws halve it");
            found.Get<Tensor>("lower").le(mean).logical_and(found.Get<Tensor>("upper").ge(mean)).all().ToBoolean().Should().BeTrue();
        });
}
