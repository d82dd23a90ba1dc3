using Bayes.Layers.Conformal;
using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Conformal;

/// <summary>Rows that must not be calibrated on, or predicted, as far as a prediction tells where it comes from.</summary>
public sealed class CalibrationOriginTests : TorchTest
{
    private readonly BayesianLinear _model = new(2, 1, dtype: float64);
    private readonly GaussianLikelihood _likelihood = new(1);
    private readonly Tensor _training = Normal(30, 2);
    private readonly Tensor _heldOut = Normal(30, 2);
    private readonly Tensor _target = Normal(30, 1);

    private Predictive Predict(Tensor input, int samples = 4, long seed = 1)
    {
        using var predictor = new MonteCarloPredictive(_model, _likelihood, samples, seed: seed);
        return predictor.Predict(input);
    }

    [Fact]
    public void The_training_inputs_are_refused()
    {
        var options = new ConformalRegressionOptions { TrainingInput = _training };
        FluentActions.Invoking(() => ConformalRegression.Calibrate(Predict(_training.clone()), _target, options)).Should().Throw<ArgumentException>()
            .WithMessage("The calibration is of the training inputs, whose errors are smaller than those of new rows; expected rows that were not *");
        ConformalRegression.Calibrate(Predict(_heldOut), _target, options).Intervals(Predict(Normal(3, 2))).Caution.Should().BeNull();
    }

    [Fact]
    public void Samples_cannot_be_compared_with_the_training_inputs() => FluentActions.Invoking(() => ConformalRegression.Calibrate(
            Predictive.OfSamples(Normal(2, 30, 1), _likelihood), _target, new ConformalRegressionOptions { TrainingInput = _training }))
        .Should().Throw<ArgumentException>().WithMessage("The calibration was made from given samples, *no training input.*");

    [Fact]
    public void The_calibration_rows_are_not_predicted()
    {
        var conformal = ConformalRegression.Calibrate(Predict(_heldOut), _target);
        conformal.Invoking(each => each.Intervals(Predict(_heldOut, seed: 2))).Should().Throw<ArgumentException>()
            .WithMessage("The prediction is of the inputs that were calibrated on, whose scores are known; expected other rows.*");
        using var predictor = new MonteCarloPredictive(_model, _likelihood, samples: 4, seed: 1);
        using var merged = Predictive.Merge(predictor.Predict(_heldOut), predictor.Predict(_heldOut, firstDraw: 4));
        conformal.Invoking(each => each.Intervals(merged)).Should().Throw<ArgumentException>().WithMessage("*calibrated on*");
    }

    [Fact]
    public void Another_model_is_refused()
    {
        var conformal = ConformalRegression.Calibrate(Predict(_heldOut), _target);
        using (no_grad())
            _model.parameters().First().add_(1);
        conformal.Invoking(each => each.Intervals(Predict(Normal(3, 2)))).Should().Throw<ArgumentException>()
            .WithMessage("The predictions are of models with different parameters; expected the same model.*");
    }

    [Fact]
    public void Other_draws_are_told()
    {
        var conformal = ConformalRegression.Calibrate(Predict(_heldOut), _target);
        using var intervals = conformal.Intervals(Predict(Normal(3, 2), samples: 5, seed: 2));
        intervals.Caution.Should().Be("The calibration rests on draws 0 to 3 of seed 1 and the prediction on draws 0 to 4 of seed 2; "
            + "the coverage is exact only with the same draws.");
        // A prediction from samples does not tell its draws.
        conformal.Intervals(Predictive.OfSamples(Normal(2, 3, 1), _likelihood)).Caution.Should().BeNull();
    }

    [Fact]
    public void A_caution_of_the_prediction_is_repeated()
    {
        using var predictor = new MonteCarloPredictive(new Cautious(FunctionDistribution.Of(_model)), _likelihood, samples: 4, seed: 1);
        using Predictive calibration = predictor.Predict(_heldOut), prediction = predictor.Predict(Normal(3, 2));
        ConformalRegression.Calibrate(calibration, _target).Intervals(prediction).Caution.Should().Be("The chains have not mixed.");
        ConformalRegression.Calibrate(calibration, _target).Intervals(prediction, 0.99).Caution.Should().Be(
            "The chains have not mixed. Coverage 0.99 needs at least 99 calibration rows, and there are 30: the intervals are infinite.");
    }

    private sealed class Cautious(FunctionDistribution functions) : FunctionDistribution
    {
        public override nn.Module? Module => functions.Module;

        public override string? Caution => "The chains have not mixed.";

        protected override FunctionDraws DrawNamed(long seed, int count, int first) => functions.Draw(seed, count, first);
    }
}
