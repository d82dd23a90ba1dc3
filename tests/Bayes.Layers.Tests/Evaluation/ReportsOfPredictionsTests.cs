using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Evaluation;

/// <summary>Reports straight from a prediction and its targets.</summary>
public sealed class ReportsOfPredictionsTests : TorchTest
{
    [Fact]
    public void A_regression_report_is_that_of_the_moments()
    {
        Tensor outputs = Normal(5, 30, 2), target = Normal(30, 2);
        using var prediction = Predictive.OfSamples(outputs, new GaussianLikelihood(0.8));
        RegressionReport.Of(prediction, target, mass: 0.8).Should().Be(RegressionReport.Of(prediction.Mean, prediction.TotalStddev, target,
            mass: 0.8));
        prediction.Invoking(each => ClassificationReport.Of(each, target)).Should().Throw<ArgumentException>()
            .WithMessage("The prediction has the likelihood GaussianLikelihood(stddev=0.8); *RegressionReport.*");
        prediction.Invoking(each => MultiLabelReport.Of(each, target)).Should().Throw<ArgumentException>()
            .WithMessage("*expected BernoulliLikelihood*");
    }

    [Fact]
    public void A_report_of_two_classes_is_that_of_the_mean()
    {
        Tensor outputs = Normal(5, 30, 1), target = Normal(30, 1).gt(0).to(float64);
        using var prediction = Predictive.OfSamples(outputs, new BernoulliLikelihood());
        ClassificationReport.Of(prediction, target).ToString().Should().Be(ClassificationReport.Of(prediction.Mean, target).ToString());
        prediction.Invoking(each => RegressionReport.Of(each, target)).Should().Throw<ArgumentException>()
            .WithMessage("The prediction has the likelihood BernoulliLikelihood(Logits), over classes; *ClassificationReport.*");
        prediction.Invoking(each => ClassificationReport.Of(each, target.squeeze(1))).Should().Throw<ArgumentException>()
            .WithMessage("The target has shape [30] and the output [30, 1]; *target.unsqueeze(1)*");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-2)]
    [InlineData(-3)]
    public void Every_pixel_of_a_class_image_is_an_example(int axis)
    {
        Tensor places = Normal(5, 3 * 4 * 4, 4), target = randint(0, 4, [3, 4, 4], int64);
        var outputs = places.reshape(5, 3, 4, 4, 4).movedim([-1L], [axis]);
        using Predictive images = Predictive.OfSamples(outputs, new CategoricalLikelihood(classAxis: axis)), rows = Predictive.OfSamples(places,
            new CategoricalLikelihood());
        var report = ClassificationReport.Of(images, target);
        report.Count.Should().Be(48);
        report.ToString().Should().Be(ClassificationReport.Of(rows, target.flatten()).ToString());
        images.Invoking(each => ClassificationReport.Of(each, target[0])).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Every_label_has_a_report()
    {
        Tensor outputs = Normal(5, 30, 3), target = Normal(30, 3).gt(0);
        using var prediction = Predictive.OfSamples(outputs, new BernoulliLikelihood());
        MultiLabelReport.Of(prediction, target).ToString().Should().Be(MultiLabelReport.Of(prediction.Mean, target).ToString());
        prediction.Invoking(each => ClassificationReport.Of(each, target)).Should().Throw<ArgumentException>()
            .WithMessage("The mean has shape [30, 3], several labels for each example; expected one, [30] or [30, 1]; use MultiLabelReport *");
    }
}
