using Bayes.Layers.Estimators;

namespace Bayes.Layers.Tests.Modules;

/// <summary>The estimator that a module uses in training unless a pass has another.</summary>
public sealed class TrainingEstimatorTests : TorchTest
{
    private readonly BayesianSequential _model = new(new BayesianLinear(3, 8, dtype: float64), nn.Tanh(), new BayesianLinear(8, 2, dtype: float64));
    private readonly Tensor _sameRows = Normal(1, 3).expand(6, 3);

    [Fact]
    public void It_applies_to_calls_without_an_estimator()
    {
        RowsAgree().Should().BeTrue("the default draws functions");
        _model.TrainingEstimator = new LocalReparameterization();
        RowsAgree().Should().BeFalse("each row has noise of its own");
        _model.forward(_sameRows).shape.Should().Equal(6, 2);
        _model.Sample(_sameRows, new Reparameterization(4)).shape.Should().Equal(4, 6, 2);

        bool RowsAgree()
        {
            var outputs = _model.Sample(_sameRows, 4);
            outputs.shape.Should().Equal(4, 6, 2);
            return outputs.allclose(outputs.narrow(1, 0, 1).expand_as(outputs), 0, 1e-12);
        }
    }

    [Fact]
    public void In_evaluation_mode_functions_are_drawn()
    {
        _model.TrainingEstimator = new Flipout(antithetic: true);
        _model.eval();
        var outputs = _model.Sample(_sameRows, 4);
        ShouldBeClose(outputs, outputs.narrow(1, 0, 1).expand_as(outputs), 1e-12);
    }

    [Fact]
    public void The_posterior_mean_can_be_trained()
    {
        _model.TrainingEstimator = PosteriorMean.Instance;
        var outputs = _model.Sample(_sameRows, 4);
        ShouldBeClose(outputs, _model.Sample(_sameRows, PosteriorMean.Instance).expand(4, 6, 2), 0);
        outputs.square().mean().backward();
        _model.named_parameters().Where(p => p.name.EndsWith("_mu")).Should().OnlyContain(p => !ReferenceEquals(p.parameter.grad, null));
    }

    [Fact]
    public void An_estimator_without_gradient_is_refused()
    {
        using var draws = new PosteriorDraws(1, 2);
        _model.Invoking(m => m.TrainingEstimator = draws).Should().Throw<ArgumentException>().WithMessage("PosteriorDraws carries no gradient*");
        _model.Invoking(m => m.TrainingEstimator = null!).Should().Throw<ArgumentNullException>();
        _model.TrainingEstimator.Should().BeOfType<Reparameterization>();
    }

    [Fact]
    public void A_single_row_needs_no_batch_axis()
    {
        var row = Normal(3);
        random.manual_seed(4);
        var alone = _model.Sample(row, 5);
        random.manual_seed(4);
        ShouldBeClose(alone, _model.Sample(row.unsqueeze(0), 5).squeeze(1), 0);
        alone.shape.Should().Equal(5, 2);
        _model.forward(row).shape.Should().Equal(2);
        new BayesianLinear(3, 2, dtype: float64).forward(row).shape.Should().Equal(2);
        _model.Invoking(m => m.forward(Normal(4))).Should().Throw<ArgumentException>().WithMessage("*4 features; expected 3*");
    }
}
