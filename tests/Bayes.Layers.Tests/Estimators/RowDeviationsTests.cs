using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;

namespace Bayes.Layers.Tests.Estimators;

/// <summary>Convolutions with a weight for each row compute the same as two convolutions with weights that all rows share.</summary>
public sealed class RowDeviationsTests : TorchTest
{
    private static readonly ConvolutionMap Image = new(3, 4, new ConvolutionGeometry([3, 3], [1, 1], [1, 1], [1, 1]));
    private static readonly ConvolutionMap Padded =
        new(3, 4, new ConvolutionGeometry([3, 3], [1, 2], [2, 1], [1, 1], paddingMode: PaddingModes.Reflect));
    private static readonly ConvolutionMap Sequence = new(2, 3, new ConvolutionGeometry([5], [2], [2], [1]));
    private static readonly ConvolutionMap Large = new(128, 128, new ConvolutionGeometry([5, 5], [1, 1], [2, 2], [1, 1]));

    [Theory]
    [InlineData("flipout", "image", 5, true)]
    [InlineData("flipout", "image", 1, false)]
    [InlineData("flipout", "padded", 5, true)]
    [InlineData("flipout", "sequence", 5, true)]
    [InlineData("flipout", "large", 7, true)]
    [InlineData("local", "image", 5, true)]
    [InlineData("local", "sequence", 5, false)]
    public void Rows_with_weights_of_their_own_equal_two_passes(string name, string which, int rows, bool hasBias)
    {
        var (map, size) = which switch
        {
            "image" => (Image, new long[] { 10, 11 }),
            "padded" => (Padded, new long[] { 16, 20 }),
            "sequence" => (Sequence, new long[] { 211 }),
            _ => (Large, new long[] { 10, 10 }),
        };
        var input = Normal([1, rows, map.InputChannels, .. size]).requires_grad_();
        map.PrefersRowWeights(input, 1).Should().BeTrue();
        if (which == "large")
            map.RowWeightsAtOnce.Should().BeInRange(2, rows - 1, "the rows are split");
        Tensor mean = Normal([.. map.WeightShape]).requires_grad_(), logVariance = Normal([.. map.WeightShape]).requires_grad_();
        Tensor biasMean = Normal(map.OutputChannels).requires_grad_(), biasLogVariance = Normal(map.OutputChannels).requires_grad_();
        var weight = new MeanFieldNormal(mean, logVariance);
        var bias = hasBias ? new MeanFieldNormal(biasMean, biasLogVariance) : null;
        SamplingEstimator estimator = name == "flipout" ? new Flipout(1, Noise()) : new LocalReparameterization(1, Noise());

        var output = estimator.Estimate(map, input, weight, bias);
        Tensor[] parameters = hasBias ? [input, mean, logVariance, biasMean, biasLogVariance] : [input, mean, logVariance];
        var gradient = randn_like(output);
        var gradients = autograd.grad([output], parameters, [gradient]);
        using var pass = new Pass(estimator);
        var again = new RowDeviations(pass, map, weight, bias, Noise());
        var expected = again.AddTo(map.Apply(input, mean, bias?.Mean), input);

        ShouldBeClose(output, expected, 1e-9);
        foreach (var (own, other) in gradients.Zip(autograd.grad([expected], parameters, [gradient])))
            ShouldBeClose(own, other, 1e-8);
    }

    [Fact]
    public void Correlated_weights_keep_their_shared_directions()
    {
        var weight = new LowRankNormal(Normal([.. Image.WeightShape]), Normal([.. Image.WeightShape]), Normal([2, .. Image.WeightShape]));
        var input = Normal(1, 5, 3, 10, 10);
        Image.PrefersRowWeights(input, 1).Should().BeTrue();
        var output = new Flipout(1, Noise()).Estimate(Image, input, weight, null);
        using var pass = new Pass(new Flipout());
        var expected = new RowDeviations(pass, Image, weight, null, Noise()).AddTo(Image.Apply(input, weight.Mean), input);
        ShouldBeClose(output, expected, 1e-10);
    }

    [Fact]
    public void Few_places_many_draws_groups_and_other_maps_share_weights()
    {
        Image.PrefersRowWeights(zeros([1, 5, 3, 10, 10]), 1).Should().BeTrue();
        Image.PrefersRowWeights(zeros([1, 5, 3, 9, 11]), 1).Should().BeFalse("an output has 99 places");
        Image.PrefersRowWeights(zeros([1, 5, 3, 10, 10]), 2).Should().BeFalse("there are two draws");
        new ConvolutionMap(4, 4, Image.Geometry, groups: 2).PrefersRowWeights(zeros([1, 5, 4, 10, 10]), 1).Should().BeFalse("there are groups");
        new TransposedConvolutionMap(3, 4, Image.Geometry, [0, 0]).PrefersRowWeights(zeros([1, 5, 3, 10, 10]), 1)
            .Should().BeFalse("the weight's axes differ");
        new LinearMap(3, 4).PrefersRowWeights(zeros([1, 5, 3]), 1).Should().BeFalse();
        FluentActions.Invoking(() => new LinearMap(3, 4).ApplyPerRow(zeros([1, 5, 3]), zeros([5, 4, 3]), null))
            .Should().Throw<NotSupportedException>();
    }

    // The same numbers at every call, in the same order.
    private static TorchNoise Noise() => new(seed: 3);
}
