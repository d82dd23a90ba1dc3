using Bayes.Layers.Evaluation;

namespace Bayes.Layers.Tests.Evaluation;

public sealed class RejectionCurveTests : TorchTest
{
    private static (Tensor Probability, Tensor Target, double[] Right) Simulation(int count)
    {
        Tensor probability = rand(count, float64), target = (rand(count, float64) < probability).to(float64);
        return (probability, target, Values((probability > 0.5).to(float64).eq(target)));
    }

    [Fact]
    public void An_oracle_rejects_the_mistakes_first()
    {
        var (probability, target, right) = Simulation(60);
        var curve = RejectionCurve.Of(tensor(right).neg(), probability, target);
        curve.Points.Zip(curve.Points.Skip(1)).Should().OnlyContain(pair => pair.First.Accuracy <= pair.Second.Accuracy);
        curve.Points[0].Accuracy.Should().Be(Accuracy.Of(probability, target));
        curve.Points[^1].Accuracy.Should().Be(1);
        var reversed = RejectionCurve.Of(tensor(right), probability, target);
        reversed.Points[^1].Accuracy.Should().Be(0);
        reversed.AreaUnderCurve.Should().BeLessThan(right.Average());
        curve.AreaUnderCurve.Should().BeGreaterThan(right.Average());
    }

    [Fact]
    public void A_constant_uncertainty_gives_a_flat_curve_at_the_accuracy()
    {
        var (probability, target, right) = Simulation(61);
        var curve = RejectionCurve.Of(ones(61), probability, target);
        curve.Points.Should().OnlyContain(point => point.Accuracy == right.Average());
        curve.AreaUnderCurve.Should().BeApproximately(right.Average(), 1e-14);
    }

    [Fact]
    public void Points_match_a_calculation_by_hand()
    {
        // Correct, wrong, correct, correct, wrong; two of them are tied.
        Tensor probability = tensor(new[] { 0.9, 0.9, 0.1, 0.9, 0.1 }), target = tensor(new[] { 1, 0, 0, 1, 1 });
        var curve = RejectionCurve.Of(tensor(new[] { 0.1, 0.3, 0.3, 0.2, 0.7 }), probability, target);
        curve.Points.Should().Equal(
            new RejectionPoint(0, 5, 0.6), new RejectionPoint(0.2, 4, 0.75), new RejectionPoint(0.4, 3, 2.5 / 3), new RejectionPoint(0.6, 2, 1),
            new RejectionPoint(0.8, 1, 1));
        curve.AreaUnderCurve.Should().BeApproximately((0.6 + 0.75 + 2.5 / 3 + 1 + 1) / 5, 1e-15);
    }

    [Fact]
    public void The_order_of_the_examples_does_not_matter()
    {
        var (probability, target, _) = Simulation(80);
        Tensor uncertainty = randint(0, 6, 80), order = randperm(80, int64);
        RejectionCurve.Of(uncertainty[order], probability[order], target[order]).Points
            .Should().Equal(RejectionCurve.Of(uncertainty, probability, target).Points);
    }

    [Fact]
    public void Tied_examples_count_as_the_mean_over_all_orders()
    {
        var (probability, target, _) = Simulation(30);
        var uncertainty = randint(0, 4, 30).to(float64);
        var expected = new double[30];
        const int orders = 4_000;
        for (int i = 0; i < orders; i++)
        {
            using var scope = NewDisposeScope();
            var points = RejectionCurve.Of(uncertainty + rand(30, float64) * 0.5, probability, target).Points;
            for (int k = 0; k < 30; k++)
                expected[k] += points[k].Accuracy / orders;
        }
        RejectionCurve.Of(uncertainty, probability, target).Points.Select(point => point.Accuracy)
            .Should().Equal(expected, (exact, simulated) => Math.Abs(exact - simulated) < 0.04);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.0099, 0)]
    [InlineData(0.01, 1)]
    [InlineData(0.29, 29)]
    [InlineData(0.57, 57)]
    [InlineData(0.5799, 57)]
    [InlineData(0.99, 99)]
    [InlineData(0.9999999999999999, 99)]
    public void At_most_the_given_share_is_rejected(double share, int rejected)
    {
        var (probability, target, _) = Simulation(100);
        var curve = RejectionCurve.Of(rand(100), probability, target);
        curve.AccuracyAt(share).Should().Be(curve.Points[rejected].Accuracy);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.0)]
    [InlineData(double.NaN)]
    public void An_invalid_share_is_refused(double share)
    {
        var curve = RejectionCurve.Of(ones(2), ones(2), ones(2));
        var act = () => curve.AccuracyAt(share);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"rejectedShare is {share}; expected a number in [0, 1).*");
    }

    [Fact]
    public void One_example_has_one_point() =>
        RejectionCurve.Of(ones(1, 1), ones(1), ones(1)).Points.Should().Equal(new RejectionPoint(0, 1, 1));

    [Fact]
    public void Bad_uncertainties_are_refused()
    {
        Action[] all =
        [
            () => RejectionCurve.Of(tensor(new[] { 0, double.NaN }), ones(2), ones(2)),
            () => RejectionCurve.Of(ones(3), ones(2), ones(2)),
            () => RejectionCurve.Of(ones(1, 2), ones(2), ones(2)),
        ];
        string[] messages =
        [
            "An uncertainty is NaN*", "The uncertainty has shape [3]; expected one for each of the 2 examples.*",
            "The uncertainty has shape [1, 2]; *",
        ];
        foreach (var (act, message) in all.Zip(messages))
            act.Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void An_infinite_uncertainty_is_rejected_first() =>
        RejectionCurve.Of(tensor(new[] { 1, double.PositiveInfinity }), ones(2), tensor(new[] { 1, 0 })).AccuracyAt(0.5).Should().Be(1);
}
