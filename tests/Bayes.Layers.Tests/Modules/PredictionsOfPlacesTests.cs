using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Modules;

/// <summary>A prediction of class images and of sequences has the uncertainties of each place, in every way that predictions are made.</summary>
public sealed class PredictionsOfPlacesTests : TorchTest
{
    private const int Classes = 3;
    private const long Ignored = -100;

    public static TheoryData<string> Layouts => ["[B, C, H, W]", "[B, T, C]"];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Each_place_has_the_uncertainties_of_its_outputs(string layout)
    {
        var (model, input, target, axis) = Make(layout);
        using var own = model;
        using var prediction = new MonteCarloPredictive(model, Likelihood(axis), samples: 40, seed: 3).Predict(input, target, keepSamples: true);
        var samples = prediction.Samples.to(float64);
        var probabilities = samples.softmax(axis);
        var mean = probabilities.mean([0L]);
        ShouldBeClose(prediction.Mean, mean, 1e-12);
        prediction.Mean.shape.Should().Equal(samples.shape[1..]);
        prediction.TotalEntropy.shape.Should().Equal(target.shape);
        ShouldBeClose(prediction.TotalEntropy, mean.mul(mean.log()).sum([axis]).neg(), 1e-12);
        var expected = probabilities.mul(probabilities.log()).sum([axis]).neg().mean([0L]);
        ShouldBeClose(prediction.ExpectedEntropy, expected, 1e-12);
        ShouldBeClose(prediction.MutualInformation, prediction.TotalEntropy - expected, 1e-12);
        ShouldBeClose(prediction.EpistemicVariance, probabilities.var(0, unbiased: false), 1e-12);
        ShouldBeClose(prediction.QuantilesOfMean([0.1, 0.9]), quantile(probabilities, tensor([0.1, 0.9]), 0), 1e-12);

        // The density of a row is that of all its observed places together: the mean over draws of a product.
        var logs = samples.log_softmax(axis).movedim([axis], [-1L]);
        var known = target.ge(0);
        var each = logs.gather(-1, target.clamp_min(0).expand(logs.shape[..^1]).unsqueeze(-1)).squeeze(-1).mul(known);
        ShouldBeClose(prediction.LogPredictiveDensity, each.reshape(40, input.shape[0], -1).sum(-1L).logsumexp(0) - Math.Log(40), 1e-12);
        ShouldBeClose(prediction.LogPredictiveDensityOf(target), prediction.LogPredictiveDensity, 1e-12);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Blocks_parts_and_tolerances_do_not_change_a_prediction(string layout)
    {
        var (model, input, target, axis) = Make(layout);
        using var own = model;
        var likelihood = Likelihood(axis);
        using var whole = new MonteCarloPredictive(model, likelihood, samples: 40, seed: 3).Predict(input, target, keepSamples: true);

        using var small = new MonteCarloPredictive(model, likelihood, samples: 40, seed: 3, budget: MemoryBudget.FromMebibytes(1))
            .Predict(input, target);
        ShouldBeSame(small);
        MonteCarloPredictive Part(int count) => new(model, likelihood, samples: count, seed: 3);
        using Predictive first = Part(15).Predict(input, target, keepSamples: true),
            rest = Part(25).Predict(input, target, keepSamples: true, firstDraw: 15), merged = Predictive.Merge(rest, first);
        ShouldBeSame(merged);
        ShouldBeClose(merged.Samples, whole.Samples, 0);
        ShouldBeClose(merged.QuantilesOfMean([0.3]), whole.QuantilesOfMean([0.3]), 1e-12);
        using var rows = Part(40).Predict([(input[..2], target[..2]), (input[2..], target[2..])]);
        ShouldBeSame(rows);
        using var exact = new MonteCarloPredictive(model, likelihood, samples: 4000, seed: 3, tolerance: 0.02).Predict(input);
        exact.SamplesUsed.Should().BeInRange(32, 3999);
        Values(exact.StandardErrorOfMean).Should().OnlyContain(error => error < 0.02);

        void ShouldBeSame(Predictive other)
        {
            ShouldBeClose(other.Mean, whole.Mean, 1e-12);
            ShouldBeClose(other.MutualInformation, whole.MutualInformation, 1e-12);
            ShouldBeClose(other.TotalVariance, whole.TotalVariance, 1e-12);
            ShouldBeClose(other.LogPredictiveDensity, whole.LogPredictiveDensity, 1e-12);
        }
    }

    /// <summary>Metrics of tensors take only the places that were observed.</summary>
    [Theory]
    [MemberData(nameof(Layouts))]
    public void Metrics_leave_out_ignored_places(string layout)
    {
        var (model, input, target, axis) = Make(layout);
        using var own = model;
        using var prediction = new MonteCarloPredictive(model, Likelihood(axis), samples: 20, seed: 3).Predict(input);
        var observed = target.flatten().ge(0).nonzero().flatten();
        Tensor probability = prediction.Mean.movedim([axis], [-1L]).flatten(0, -2)[observed], classes = target.flatten()[observed];
        classes.shape[0].Should().BeLessThan(target.numel());

        Accuracy.Of(prediction, target).Should().Be(Accuracy.Of(probability, classes));
        BrierScore.Of(prediction, target).Should().Be(BrierScore.Of(probability, classes));
        NegativeLogLikelihood.Of(prediction, target).Should().Be(NegativeLogLikelihood.Of(probability, classes));
        MulticlassConfusionMatrix.Of(prediction, target).ToString().Should().Be(MulticlassConfusionMatrix.Of(probability, classes).ToString());
        Calibration.OfConfidence(prediction, target, 5, Binning.EqualMass).ToString()
            .Should().Be(Calibration.OfConfidence(probability, classes, 5, Binning.EqualMass).ToString());
        ClassificationReport.Of(prediction, target).ToString().Should().Be(ClassificationReport.Of(probability, classes).ToString());
        RejectionCurve.Of(prediction, target).ToString()
            .Should().Be(RejectionCurve.Of(prediction.TotalEntropy.flatten()[observed], probability, classes).ToString());
        RejectionCurve.Of(prediction, target, prediction.MutualInformation).ToString()
            .Should().Be(RejectionCurve.Of(prediction.MutualInformation.flatten()[observed], probability, classes).ToString());
    }

    [Fact]
    public void Metrics_refuse_what_they_cannot_judge()
    {
        var (model, input, target, axis) = Make("[B, T, C]");
        using var own = model;
        using Predictive prediction = new MonteCarloPredictive(model, Likelihood(axis), samples: 3, seed: 3).Predict(input),
            numbers = Predictive.OfSamples(Normal(3, 4, 1), new GaussianLikelihood(1));
        Refused(() => Accuracy.Of(prediction, full_like(target, Ignored)), "There are no examples; expected at least one.*");
        Refused(() => Accuracy.Of(numbers, zeros(4, 1)),
            "The prediction has the likelihood GaussianLikelihood(stddev=1); expected one over classes*");
        Refused(() => BrierScore.Of(prediction, prediction.Mean),
            "The target is of type Float64 and shape *, probabilities of classes; expected the index of a class for each place, which "
            + "target.argmax(-1) returns.*");
        Refused(() => RejectionCurve.Of(prediction, target, prediction.Mean),
            "The uncertainty has shape [4, 5, 3]; expected [4, 5], a number for each target.*");

        static void Refused(Action call, string message) => call.Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void Intersections_over_unions_are_those_of_sets()
    {
        var probability = nn.functional.one_hot(tensor(new long[] { 0, 0, 1, 1, 1, 0 }), 4).to(float64);
        var matrix = MulticlassConfusionMatrix.Of(probability, tensor(new long[] { 0, 1, 1, 1, 2, 0 }));
        matrix.IntersectionOverUnion(0).Should().BeApproximately(2.0 / 3, 1e-15);
        matrix.IntersectionOverUnion(1).Should().BeApproximately(2.0 / 4, 1e-15);
        matrix.IntersectionOverUnion(2).Should().Be(0);
        matrix.IntersectionOverUnion(3).Should().BeNull("it is neither predicted nor true");
        matrix.MeanIntersectionOverUnion.Should().BeApproximately((2.0 / 3 + 0.5) / 3, 1e-15);
        matrix.Invoking(each => each.IntersectionOverUnion(4)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("classIndex is 4; *");
    }

    [Fact]
    public void Two_classes_of_pixels_have_metrics_too()
    {
        Tensor outputs = Normal(5, 4, 1, 3, 3), target = Normal(4, 1, 3, 3).gt(0).to(float64);
        using var prediction = Predictive.OfSamples(outputs, new BernoulliLikelihood(), target);
        prediction.TotalEntropy.shape.Should().Equal(4, 1, 3, 3);
        Accuracy.Of(prediction, target).Should().Be(Accuracy.Of(prediction.Mean.flatten(), target.flatten()));
        RejectionCurve.Of(prediction, target).AreaUnderCurve.Should()
            .Be(RejectionCurve.Of(prediction.TotalEntropy.flatten(), prediction.Mean.flatten(), target.flatten()).AreaUnderCurve);
    }

    [Fact]
    public void Nothing_stays_alive_behind_metrics_of_a_prediction()
    {
        Tensor outputs = Normal(5, 4, Classes, 3), target = randint(0, Classes, [4, 3], int64);
        target[0] = Ignored;
        using var prediction = Predictive.OfSamples(outputs, Likelihood(-2), target);
        long before = LiveTensors();
        _ = ClassificationReport.Of(prediction, target);
        _ = RejectionCurve.Of(prediction, target);
        _ = Accuracy.Of(prediction, target);
        LiveTensors().Should().Be(before);
    }

    private static CategoricalLikelihood Likelihood(int axis) => new(classAxis: axis);

    private static (BayesianSequential Model, Tensor Input, Tensor Target, int Axis) Make(string layout)
    {
        bool isImage = layout == "[B, C, H, W]";
        var model = isImage
            ? new BayesianSequential(
                new BayesianConv2d(2, 4, 3, padding: 1, dtype: float64), nn.ReLU(), new BayesianConv2d(4, Classes, 1, dtype: float64))
            : new BayesianSequential(new BayesianGRU(2, 4, dtype: float64), new BayesianLinear(4, Classes, dtype: float64));
        Tensor input = isImage ? Normal(4, 2, 6, 5) : Normal(4, 5, 2), target = randint(0, Classes, isImage ? [4, 6, 5] : [4, 5], int64);
        target.flatten()[3] = Ignored;
        target[2, 1] = Ignored;
        return (model, input, target, isImage ? -3 : -1);
    }
}
