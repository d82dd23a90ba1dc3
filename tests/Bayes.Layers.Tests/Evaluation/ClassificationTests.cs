using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Evaluation;

/// <summary>Accuracy, Brier score and negative log-likelihood, and how probabilities and targets are read.</summary>
public sealed class ClassificationTests : TorchTest
{
    private static readonly Func<Tensor, Tensor, double>[] Metrics =
    [
        Accuracy.Of,
        BrierScore.Of,
        NegativeLogLikelihood.Of,
        (probability, target) => Calibration.OfConfidence(probability, target).ExpectedError,
        (probability, target) => RejectionCurve.Of(zeros(target.shape[0]), probability, target).AreaUnderCurve,
        (probability, target) => TemperatureScaling.Fit(probability, target).Temperature,
        (probability, target) => ClassificationReport.Of(probability, target).Accuracy,
        (probability, target) => MulticlassConfusionMatrix.Of(probability, target).MacroF1,
    ];

    private static Tensor Rows => tensor(new[,] { { 0.5, 0.25, 0.25 }, { 0.1, 0.8, 0.1 }, { 0.2, 0.2, 0.6 } });

    private static Tensor Classes => tensor(new long[] { 0, 1, 0 });

    [Fact]
    public void Three_classes_match_a_calculation_by_hand()
    {
        Accuracy.Of(Rows, Classes).Should().BeApproximately(2.0 / 3, 1e-15);
        BrierScore.Of(Rows, Classes).Should().BeApproximately((0.375 + 0.06 + 1.04) / 3, 1e-15);
        NegativeLogLikelihood.Of(Rows, Classes).Should().BeApproximately(-(Math.Log(0.5) + Math.Log(0.8) + Math.Log(0.2)) / 3, 1e-15);
    }

    [Fact]
    public void Two_classes_given_as_rows_are_the_binary_form()
    {
        Tensor probability = rand(50, float64), target = (rand(50) < probability).to(float64);
        Tensor rows = stack([1 - probability, probability], 1), classes = target.to(int64);
        Accuracy.Of(rows, classes).Should().Be(Accuracy.Of(probability, target));
        NegativeLogLikelihood.Of(rows, classes).Should().Be(NegativeLogLikelihood.Of(probability, target));
        BrierScore.Of(rows, classes).Should().BeApproximately(2 * BrierScore.Of(probability, target), 1e-14, "both classes count");
        Calibration.OfConfidence(rows, classes).Bins.Should().Equal(Calibration.OfConfidence(probability, target).Bins);
        TemperatureScaling.Fit(rows, classes).Temperature.Should().Be(TemperatureScaling.Fit(probability, target).Temperature);
        var uncertainty = rand(50);
        RejectionCurve.Of(uncertainty, rows, classes).Points.Should().Equal(RejectionCurve.Of(uncertainty, probability, target).Points);
        Accuracy.Of(probability, target).Should().Be(ConfusionMatrix.Of(probability, target).Accuracy);
    }

    [Fact]
    public void Equal_probabilities_predict_the_first_class()
    {
        Accuracy.Of(tensor(new[] { 0.5, 0.5 }), tensor(new[] { 0, 1 })).Should().Be(0.5);
        Accuracy.Of(full(1, 4, 0.25), zeros(1)).Should().Be(1);
        Accuracy.Of(tensor(new[,] { { 0.2, 0.4, 0.4 } }), ones(1)).Should().Be(1);
    }

    [Fact]
    public void Certain_predictions_have_finite_scores_that_agree_with_the_likelihood()
    {
        Tensor probability = tensor(new[] { 0.0, 1, 0, 1 }), target = tensor(new[] { 0.0, 1, 1, 0 });
        NegativeLogLikelihood.Of(probability, target).Should().Be(50);
        var logProbability = new BernoulliLikelihood(BernoulliOutput.Probabilities).LogProbability(probability, target);
        NegativeLogLikelihood.Of(probability, target).Should().Be(-logProbability.mean().ToDouble());
        NegativeLogLikelihood.Of(tensor(new[,] { { 1.0, 0, 0 } }), ones(1)).Should().Be(100);
    }

    [Fact]
    public void Element_types_and_memory_layouts_do_not_matter()
    {
        Tensor probability = tensor(new[] { 0.25, 0.5, 0.75, 1 }), target = tensor(new[] { 0.0, 1, 1, 1 });
        foreach (var metric in Metrics)
        {
            double expected = metric(probability, target);
            foreach (var type in new[] { float16, bfloat16, float32 })
                metric(probability.to(type), target).Should().Be(expected);
            foreach (var type in new[] { @bool, uint8, int32, int64, float16 })
                metric(probability, target.to(type)).Should().Be(expected);
            metric(probability.unsqueeze(1), target.unsqueeze(1)).Should().Be(expected);
            metric(stack([probability, probability], 1).select(1, 0).requires_grad_(), target).Should().Be(expected);
        }
        Tensor rows = stack([probability.flip(0), probability], 1).mul(0.5), classes = target.to(int32);
        rows = cat([rows, 1 - rows.sum(1, keepdim: true)], 1);
        foreach (var metric in Metrics)
            metric(rows.t().contiguous().t(), classes.to(float32)).Should().Be(metric(rows, classes));
    }

    [Fact]
    public void Bad_outcomes_are_refused()
    {
        double[,] three = { { 0.5, 0.25, 0.25 }, { 0.1, 0.8, 0.1 } };
        (Tensor Probability, Tensor Target, string Message)[] cases =
        [
            (ones(3), ones(3, 1), "The target has shape [3, 1] and the probability [3]; expected equal shapes: use target.squeeze(1).*"),
            (ones(3, 1), ones(3), "The target has shape [3] and the probability [3, 1]; expected equal shapes: use target.unsqueeze(1).*"),
            (ones(0), ones(0), "There are no examples; expected at least one.*"),
            (ones(0, 3), ones(0), "There are no examples; expected at least one.*"),
            (ones(2, 2, 2), ones(2, 2, 2), "The probability has shape [2, 2, 2]; expected [N] or [N, 1] of class 1, or [N, C] of all classes: "
                + "flatten it by probability.flatten(0, -2) if *, by probability.movedim(1, -1).flatten(0, -2) if along axis 1, and the target "
                + "by target.flatten().*"),
            (tensor(three), ones(2, 3), "The target has shape [2, 3] and the probability [2, 3]; expected a class index for each row, [2]: "
                + "use target.argmax(1) for one-hot targets, or MultiLabelReport for several labels *"),
            (tensor(three), ones(2, 1), "*expected a class index for each row, [2]: use target.squeeze(1).*"),
            (tensor(three), ones(3), "*expected a class index for each row, [2].*"),
            (tensor(new[] { 0.5, double.NaN }), ones(2), "probability has a NaN; expected values in [0, 1].*"),
            (tensor(new[] { 0.5, 1.5 }), ones(2), "probability has the value 1.5; expected values in [0, 1].*"),
            (tensor(new[] { 0.5, -0.5 }), ones(2), "probability has the value -0.5; expected values in [0, 1].*"),
            (tensor(new[,] { { 1.5, -0.5 } }), ones(1), "probability has the value -0.5; expected values in [0, 1].*"),
            (tensor(new[,] { { 0.5, 0.5 }, { 0.5, 0.25 } }), ones(2), "The probabilities of row 1 sum to 0.75; expected 1 within 0.001.*"),
            (ones(2), tensor(new[] { 0.5, 1 }), "A target is 0.5; expected 0 or 1.*"),
            (ones(2), tensor(new[] { 2, 1 }), "A target is 2; expected 0 or 1.*"),
            (tensor(three), tensor(new[] { 0, 3 }), "A target is 3; expected a class index from 0 to 2.*"),
            (tensor(three), tensor(new[] { -1, 0 }), "A target is -1; expected a class index from 0 to 2.*"),
            (tensor(three), tensor(new[] { 0, 1.5 }), "A target is 1.5; expected a class index from 0 to 2.*"),
            (tensor(three), tensor(new[] { 0, double.NaN }), "A target is NaN; expected a class index from 0 to 2.*"),
        ];
        foreach (var metric in Metrics)
            foreach (var (probability, target, message) in cases)
            {
                var act = () => metric(probability, target);
                act.Should().Throw<ArgumentException>().WithMessage(message);
            }
    }

    [Fact]
    public void Sums_of_rows_may_differ_from_one_by_rounding() =>
        Accuracy.Of(tensor(new[,] { { 0.4995, 0.5 } }), ones(1)).Should().Be(1);

    [Fact]
    public void Sums_of_rows_may_differ_from_one_by_the_rounding_of_their_type()
    {
        foreach (var type in new[] { bfloat16, float16 })
        {
            var rows = Normal(4, 500, 7).mul(2).softmax(-1).to(type).mean([0L]);
            rows.dtype.Should().Be(type);
            double miss = Values(rows.to(float64).sum(1)).Max(sum => Math.Abs(sum - 1));
            (miss > 1e-3).Should().Be(type == bfloat16, "rows in {0} miss one by {1}", type, miss);
            foreach (var metric in Metrics)
                double.IsFinite(metric(rows, zeros(500))).Should().BeTrue();
        }
    }

    [Fact]
    public void Rows_of_integers_are_accepted() =>
        Accuracy.Of(tensor(new long[,] { { 1, 0, 0 }, { 0, 0, 1 } }), tensor(new[] { 0, 1 })).Should().Be(0.5);

    [Fact]
    public void Rows_whose_sum_differs_from_one_by_more_than_rounding_are_refused()
    {
        (ScalarType Type, double Sum, string Tolerance)[] cases =
            [(bfloat16, 0.984375, "0.0078125"), (float16, 0.9921875, "0.001"), (float32, 0.9921875, "0.001")];
        foreach (var metric in Metrics)
            foreach (var (type, sum, tolerance) in cases)
            {
                var act = () => metric(tensor(new[,] { { 0.5, sum - 0.5 } }).to(type), ones(1));
                act.Should().Throw<ArgumentException>()
                    .WithMessage($"The probabilities of row 0 sum to {sum}; expected 1 within {tolerance}.*");
            }
    }

    [Fact]
    public void Missing_tensors_are_named()
    {
        Func<Tensor, Tensor, double>[] metrics = [Accuracy.Of, BrierScore.Of, NegativeLogLikelihood.Of, RocAuc.Of, AveragePrecision.Of];
        foreach (var metric in metrics)
        {
            var noTarget = () => metric(ones(1), null!);
            noTarget.Should().Throw<ArgumentNullException>().WithParameterName("target");
            var noPrediction = () => metric(null!, ones(1));
            noPrediction.Should().Throw<ArgumentNullException>();
        }
    }

    [Fact]
    public void Complex_numbers_are_refused()
    {
        var complex = tensor(new[] { 0.5 }).to(complex64);
        Func<Tensor, Tensor, double>[] metrics =
            [Accuracy.Of, BrierScore.Of, NegativeLogLikelihood.Of, RocAuc.Of, AveragePrecision.Of, RootMeanSquaredError.Of, MeanAbsoluteError.Of];
        foreach (var metric in metrics)
            foreach (var (prediction, target) in new[] { (complex, ones(1)), (ones(1), complex) })
            {
                var act = () => metric(prediction, target);
                act.Should().Throw<ArgumentException>().WithMessage("* is of type ComplexFloat32; expected real numbers*");
            }
    }
}
