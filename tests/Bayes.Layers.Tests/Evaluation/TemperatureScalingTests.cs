using Bayes.Layers.Evaluation;

namespace Bayes.Layers.Tests.Evaluation;

public sealed class TemperatureScalingTests : TorchTest
{
    /// <summary>Computes p_T with torch's functions.</summary>
    private static Tensor Scaled(Tensor probability, double temperature) => probability.ndim == 1
        ? probability.logit().div(temperature).sigmoid()
        : probability.log().div(temperature).softmax(1);

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.7)]
    [InlineData(1.0)]
    [InlineData(2.5)]
    [InlineData(8.0)]
    public void The_temperature_that_undoes_a_distortion_is_found(double temperature)
    {
        foreach (var (probability, target) in new[] { ExactlyCalibrated.Binary(), ExactlyCalibrated.ThreeClasses() })
        {
            var distorted = Scaled(probability, 1 / temperature);
            var scaling = TemperatureScaling.Fit(distorted, target);
            scaling.Temperature.Should().BeApproximately(temperature, 1e-10 * temperature);
            ShouldBeClose(scaling.Apply(distorted), probability, 1e-10);
        }
    }

    // Plain Newton steps from T = 1 leave the range because the curvature vanishes.
    [Theory]
    [InlineData(0.0101)]
    [InlineData(0.02)]
    [InlineData(20)]
    [InlineData(40)]
    public void An_extreme_temperature_is_found(double temperature)
    {
        var (probability, target) = ExactlyCalibrated.ThreeClasses();
        TemperatureScaling.Fit(Scaled(probability, 1 / temperature), target).Temperature.Should().BeApproximately(temperature, 1e-10 * temperature);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1.0)]
    [InlineData(3.0)]
    public void Scaled_probabilities_match_torch(double temperature)
    {
        Tensor binary = rand(20, float64), rows = rand(20, 4, float64);
        rows = rows.div(rows.sum(1, keepdim: true));
        var scaling = new TemperatureScaling(temperature);
        ShouldBeClose(scaling.Apply(binary), Scaled(binary, temperature), 1e-14);
        ShouldBeClose(scaling.Apply(rows), Scaled(rows, temperature), 1e-14);
    }

    [Fact]
    public void The_fit_minimizes_the_loss()
    {
        for (int trial = 0; trial < 20; trial++)
        {
            var rows = Normal(40, 3).mul(3 * rand(1, float64)).softmax(1);
            var target = multinomial(Normal(40, 3).softmax(1).add(rows), 1).squeeze(1);
            double Loss(double temperature) => NegativeLogLikelihood.Of(new TemperatureScaling(temperature).Apply(rows), target);

            double best = TemperatureScaling.Fit(rows, target).Temperature;
            Loss(best).Should().BeLessThanOrEqualTo(NegativeLogLikelihood.Of(rows, target) + 1e-14);
            for (double temperature = TemperatureScaling.MinimumTemperature; temperature <= TemperatureScaling.MaximumTemperature; temperature *= 1.1)
                Loss(best).Should().BeLessThanOrEqualTo(Loss(temperature) + 1e-14);
        }
    }

    [Fact]
    public void Scaling_keeps_the_most_probable_class_and_the_ranking()
    {
        Tensor rows = Normal(50, 5).mul(4).softmax(1), binary = rand(50, float64);
        foreach (double temperature in new[] { 0.3, 5 })
        {
            var scaling = new TemperatureScaling(temperature);
            Values(scaling.Apply(rows).argmax(1)).Should().Equal(Values(rows.argmax(1)));
            Values(scaling.Apply(binary).argsort()).Should().Equal(Values(binary.argsort()));
        }
    }

    [Fact]
    public void A_temperature_of_one_changes_nothing()
    {
        var rows = Normal(50, 5).softmax(1);
        ShouldBeClose(new TemperatureScaling(1).Apply(rows), rows, 1e-15);
    }

    [Fact]
    public void Scaled_probabilities_keep_their_shape_and_type()
    {
        var scaling = new TemperatureScaling(2);
        foreach (var probability in new[] { rand(6), rand(6, 1, float64), rand(6).to(float16), rand(6, 3).softmax(1), rand(2, 3).t().softmax(1) })
        {
            var scaled = scaling.Apply(probability.requires_grad_());
            scaled.shape.Should().Equal(probability.shape);
            scaled.dtype.Should().Be(probability.dtype);
            scaled.device_type.Should().Be(probability.device_type);
            scaled.requires_grad.Should().BeFalse();
            if (probability.shape[^1] == 3)
                ShouldBeClose(scaled.sum(1), ones(scaled.shape[0]), 1e-6);
        }
    }

    [Fact]
    public void Certain_predictions_stay_finite()
    {
        Tensor binary = tensor(new[] { 0.0, 1, 0, 1, 0.3 }), target = tensor(new[] { 0, 1, 1, 1, 0 });
        var scaling = TemperatureScaling.Fit(binary, target);
        scaling.Temperature.Should().BeInRange(1, TemperatureScaling.MaximumTemperature);
        var scaled = scaling.Apply(binary);
        Values(scaled).Should().OnlyContain(value => value > 0 && value < 1);
        NegativeLogLikelihood.Of(scaled, target).Should().BeLessThan(NegativeLogLikelihood.Of(binary, target));

        var rows = tensor(new[,] { { 1.0, 0, 0 }, { 0, 0.5, 0.5 } });
        foreach (double temperature in new[] { TemperatureScaling.MinimumTemperature, 1, TemperatureScaling.MaximumTemperature, 1e-300, 1e300 })
        {
            ShouldBeFinite(new TemperatureScaling(temperature).Apply(rows));
            ShouldBeFinite(new TemperatureScaling(temperature).Apply(binary));
        }
        TemperatureScaling.Fit(rows, tensor(new[] { 1, 2 })).Temperature.Should().Be(TemperatureScaling.MaximumTemperature);
    }

    [Fact]
    public void The_temperature_is_bounded()
    {
        Tensor probability = tensor(new[] { 0.4, 0.6 }), right = tensor(new[] { 0, 1 });
        TemperatureScaling.Fit(probability, right).Temperature.Should().Be(TemperatureScaling.MinimumTemperature);
        TemperatureScaling.Fit(probability, 1 - right).Temperature.Should().Be(TemperatureScaling.MaximumTemperature);
        TemperatureScaling.Fit(tensor(new[] { 0.0, 1 }), right).Temperature.Should().BeLessThanOrEqualTo(1, "it is perfect already");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Uniform_predictions_have_temperature_one(int classes) =>
        TemperatureScaling.Fit(full(5, classes, 1.0 / classes), ones(5)).Temperature.Should().Be(1);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void An_invalid_temperature_is_refused(double temperature)
    {
        var act = () => new TemperatureScaling(temperature);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage("temperature is *; expected a finite number above 0.*");
    }

    [Fact]
    public void Values_that_are_not_probabilities_are_refused()
    {
        var scaling = new TemperatureScaling(2);
        var act = () => scaling.Apply(tensor(new[] { 1.5 }));
        act.Should().Throw<ArgumentException>().WithMessage("probability has the value 1.5; *");
        act = () => scaling.Apply(tensor(new[] { 1 }));
        act.Should().Throw<ArgumentException>().WithMessage("probability is Int32; expected a floating-point type*");
        act = () => scaling.Apply(tensor(new[,] { { 0.5, 0.6 } }));
        act.Should().Throw<ArgumentException>().WithMessage("The probabilities of row 0 sum to 1.1; *");
    }

    [Fact]
    public void The_smallest_temperature_still_gives_probabilities() =>
        Values(new TemperatureScaling(double.Epsilon).Apply(tensor(new[] { 0.2, 0.7 }))).Should().Equal(0, 1);
}
