using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Golden;
using Bayes.Layers.Tests.Laws;
using Bayes.Layers.Training;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Modules;

public sealed class BayesianConv1dTests : ConvolutionLaws
{
    protected override BayesianConvolution Make(ScalarType dtype = ScalarType.Float64) =>
        new BayesianConv1d(4, 6, 3, stride: 2, padding: 1, dilation: 2, groups: 2, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 4, 9);

    protected override Convolution Plain() => nn.Conv1d(4, 6, 3, stride: 2, padding: 1, dilation: 2, groups: 2, dtype: float64);
}

public sealed class BayesianConv2dTests : ConvolutionLaws
{
    protected override BayesianConvolution Make(ScalarType dtype = ScalarType.Float64) =>
        new BayesianConv2d(4, 6, (3, 2), stride: (2, 1), padding: (1, 0), dilation: (1, 2), groups: 2, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 4, 6, 5);

    protected override Convolution Plain() => nn.Conv2d(4, 6, (3, 2), stride: (2, 1), padding: (1, 0), dilation: (1, 2), groups: 2, dtype: float64);

    [Fact]
    public void Local_reparameterization_has_the_exact_moments()
    {
        using var layer = Golden();
        var input = GoldenData.Tensor("conv2d", "input");
        Tensor mean = GoldenData.Tensor("conv2d", "mean"), variance = GoldenData.Tensor("conv2d", "variance");
        var epsilon = Normal([2, .. mean.shape]);
        var output = layer.Sample(input, new LocalReparameterization(2, new GivenNoise(epsilon), isIndependentByPlace: true));
        ShouldBeClose(output, mean + variance.sqrt() * epsilon, 1e-12);
    }

    [Fact]
    public void Moments_of_many_draws_match_the_exact_ones()
    {
        using var layer = Golden();
        using var _ = no_grad();
        const int samples = 20_000;
        var outputs = layer.Sample(GoldenData.Tensor("conv2d", "input"), samples);
        var variance = GoldenData.Tensor("conv2d", "variance");
        Values(outputs.mean([0L]).sub(GoldenData.Tensor("conv2d", "mean")).abs().div(variance.sqrt())).Max()
            .Should().BeLessThan(5 / Math.Sqrt(samples));
        Values(outputs.var(0L).div(variance).sub(1).abs()).Max().Should().BeLessThan(5 * Math.Sqrt(2.0 / samples));
    }

    [Fact]
    public void Signs_of_flipout_differ_by_row_and_channel_and_not_by_pixel()
    {
        using var layer = new BayesianConv2d(2, 3, 1, hasBias: false, dtype: float64);
        var flat = Normal(4, 2, 1, 1).expand(4, 2, 5, 5);
        var outputs = layer.Sample(flat, new Flipout(3));
        ShouldBeClose(outputs, outputs.narrow(3, 0, 1).narrow(4, 0, 1).expand_as(outputs), 1e-13, "an image of one colour stays one");
    }

    [Theory]
    [InlineData(1, 9_000)]
    [InlineData(200, 100)]
    public void Large_outputs_take_another_path_to_the_same_result(int samples, long batch)
    {
        using var layer = new BayesianConv2d(1, 4, 3, padding: 1, dtype: float64);
        using var _ = no_grad();
        var input = Normal(batch, 1, 8, 8);
        using TorchNoise first = new(3), second = new(3);
        var together = layer.Sample(input, new Reparameterization(samples, first));
        var draws = layer.WeightPosterior.Draw(samples, second);
        var biases = layer.BiasPosterior!.Draw(samples, second);
        var last = nn.functional.conv2d(input, draws[samples - 1], biases[samples - 1], padding: [1L, 1L]);
        ShouldBeClose(together[samples - 1].narrow(0, 0, 50), last.narrow(0, 0, 50), 1e-12);
    }

    [Fact]
    public void A_network_with_pooling_and_batch_statistics_trains_predicts_and_is_diagnosed()
    {
        var model = new BayesianSequential(
            ("conv", new BayesianConv2d(1, 4, 3, padding: 1, initializer: new FanInInitializer())), ("norm", nn.BatchNorm2d(4)), ("relu", nn.ReLU()),
            ("pool", nn.MaxPool2d(2)),
            ("flatten", nn.Flatten()), ("head", new BayesianLinear(4 * 3 * 3, 2, initializer: new FanInInitializer())));
        var input = randn(20, 1, 6, 6);
        var target = input.mean([1L, 2L, 3L]).gt(0).to(int64);
        var loss = ElboLoss.Categorical(20, beta: 0.01);
        using (var step = new VariationalStep(model, loss, parameters => optim.Adam(parameters, 0.02)))
            for (int i = 0; i < 100; i++)
                step.Run(input, target).Dispose();
        using var whole = new MonteCarloPredictive(model, loss.Likelihood, samples: 12, seed: 1).Predict(input);
        using var inBlocks = new MonteCarloPredictive(model, loss.Likelihood, samples: 12, seed: 1, budget: MemoryBudget.FromMebibytes(1))
            .Predict(input);
        ShouldBeClose(inBlocks.Mean, whole.Mean, 1e-5, "named draws do not depend on blocks");
        whole.Mean.argmax(1).eq(target).to(float32).mean().ToDouble().Should().BeGreaterThan(0.8);
        PosteriorDiagnostics.Of(model, loss).ToString().Should().Contain("conv.weight").And.Contain("head.bias");
        model.ToString().Should().Contain("BayesianConv2d(1, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))");
    }

    [Fact]
    public void The_text_matches_PyTorch()
    {
        using BayesianConv2d all = new(4, 6, 3, stride: 2, padding: 1, dilation: 2, groups: 2),
            some = new(4, 6, (3, 2), padding: (0, 1), hasBias: false);
        all.ToString().Should().Be("BayesianConv2d(4, 6, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), dilation=(2, 2), groups=2)");
        some.ToString().Should().Be("BayesianConv2d(4, 6, kernel_size=(3, 2), stride=(1, 1), padding=(0, 1), bias=False)");
        using var sequence = new BayesianConv1d(1, 2, 5);
        sequence.ToString().Should().Be("BayesianConv1d(1, 2, kernel_size=(5,), stride=(1,))");
    }

    [Fact]
    public void With_FanInInitializer_an_output_is_as_large_as_the_input()
    {
        using var layer = new BayesianConv2d(64, 64, 3, groups: 2, initializer: new FanInInitializer(gain: 1, stddevRatio: 0.1), dtype: float64);
        layer.forward(Normal(8, 64, 6, 6)).square().mean().ToDouble().Should().BeApproximately(1, 0.1);
    }

    [Fact]
    public void It_works_among_plain_layers_with_one_draw()
    {
        using var network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), new BayesianConv2d(2, 3, 3), nn.Flatten(), nn.Linear(3 * 2 * 2, 1));
        network.forward(randn(5, 1, 6, 6)).shape.Should().Equal(5, 1);
        network.KlDivergence().ToDouble().Should().BePositive();
    }

    [Fact]
    public void Inputs_of_a_wrong_shape_are_refused()
    {
        using var layer = new BayesianConv2d(3, 4, 5);
        layer.Invoking(l => l.forward(randn(2, 1, 8, 8))).Should().Throw<ArgumentException>().WithMessage("*1 channels; expected 3*");
        layer.Invoking(l => l.forward(randn(2, 3, 4, 8))).Should().Throw<ArgumentException>().WithMessage("*too small for kernel_size=(5, 5)*");
        layer.Invoking(l => l.forward(randn(2, 3)))
            .Should().Throw<ArgumentException>().WithMessage("The input has shape [2, 3]; expected [batch, 3, height, width]*");
        layer.Invoking(l => l.forward(randn(2, 3, 8, 8, float64))).Should().Throw<ArgumentException>().WithMessage("*Float64*Float32*");
        var act = () => new BayesianConv2d(3, 4, 5, groups: 2);
        act.Should().Throw<ArgumentException>().WithMessage("3 channels in and 4 out cannot be split into 2 groups*");
    }

    private static BayesianConv2d Golden() => new(
        GoldenData.Tensor("conv2d", "weight_mu").shape[1], GoldenData.Tensor("conv2d", "weight_mu").shape[0],
        GoldenData.Tensor("conv2d", "weight_mu").shape[2],
        stride: (long)GoldenData.Number("conv2d", "stride"), padding: (long)GoldenData.Number("conv2d", "padding"), hasBias: false, dtype: float64)
    {
        weight_mu = new Parameter(GoldenData.Tensor("conv2d", "weight_mu")),
        weight_log_var = new Parameter(GoldenData.Tensor("conv2d", "weight_log_var")),
    };
}

public sealed class BayesianConv3dTests : ConvolutionLaws
{
    protected override BayesianConvolution Make(ScalarType dtype = ScalarType.Float64) =>
        new BayesianConv3d(2, 4, (2, 3, 1), stride: (1, 2, 1), padding: (0, 1, 2), dilation: (2, 1, 1), groups: 2, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 2, 4, 5, 3);

    protected override Convolution Plain() =>
        nn.Conv3d(2, 4, (2, 3, 1), stride: (1, 2, 1), padding: (0, 1, 2), dilation: (2, 1, 1), groups: 2, dtype: float64);
}

public sealed class ReflectingBayesianConv1dTests : ConvolutionLaws
{
    protected override BayesianConvolution Make(ScalarType dtype = ScalarType.Float64) =>
        new BayesianConv1d(4, 6, 3, stride: 2, padding: 2, dilation: 2, groups: 2, dtype: dtype, paddingMode: PaddingModes.Reflect);

    protected override Tensor Input(long batch) => Normal(batch, 4, 9);

    protected override Convolution Plain() =>
        nn.Conv1d(4, 6, 3, stride: 2, padding: 2, dilation: 2, padding_mode: PaddingModes.Reflect, groups: 2, dtype: float64);
}

public sealed class CircularBayesianConv2dTests : ConvolutionLaws
{
    protected override BayesianConvolution Make(ScalarType dtype = ScalarType.Float64) =>
        new BayesianConv2d(2, 4, (3, 2), padding: (2, 1), groups: 2, dtype: dtype, paddingMode: PaddingModes.Circular);

    protected override Tensor Input(long batch) => Normal(batch, 2, 5, 4);

    protected override Convolution Plain() =>
        nn.Conv2d(2, 4, (3, 2), padding: (2, 1), padding_mode: PaddingModes.Circular, groups: 2, dtype: float64);

    [Fact]
    public void Circular_padding_commutes_with_rotation()
    {
        using var layer = new BayesianConv2d(1, 2, 3, padding: 1, dtype: float64, paddingMode: PaddingModes.Circular);
        var input = Normal(2, 1, 5, 6);
        ShouldBeClose(
            layer.Sample(input.roll(2, 3), PosteriorMean.Instance), layer.Sample(input, PosteriorMean.Instance).roll(2, 4), 1e-13,
                "no place is at an edge");
        layer.ToString().Should().Be("BayesianConv2d(1, 2, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), padding_mode=circular)");
        layer.PaddingMode.Should().Be(PaddingModes.Circular);
        layer.PaddingAtEnd.Should().Equal(1, 1);
    }
}

public sealed class ReplicatingBayesianConv3dTests : ConvolutionLaws
{
    protected override BayesianConvolution Make(ScalarType dtype = ScalarType.Float64) =>
        new BayesianConv3d(2, 2, (2, 3, 1), padding: (1, 2, 1), dtype: dtype, paddingMode: PaddingModes.Replicate);

    protected override Tensor Input(long batch) => Normal(batch, 2, 3, 4, 2);

    protected override Convolution Plain() => nn.Conv3d(2, 2, (2, 3, 1), padding: (1, 2, 1), padding_mode: PaddingModes.Replicate, dtype: float64);
}

public sealed class BayesianConvTranspose1dTests : ConvolutionLaws
{
    protected override BayesianConvolution Make(ScalarType dtype = ScalarType.Float64) =>
        new BayesianConvTranspose1d(4, 6, 3, stride: 2, padding: 1, outputPadding: 1, dilation: 2, groups: 2, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 4, 5);

    protected override Convolution Plain() =>
        nn.ConvTranspose1d(4, 6, 3, stride: 2, padding: 1, output_padding: 1, dilation: 2, groups: 2, dtype: float64);

    [Fact]
    public void The_text_matches_PyTorch()
    {
        using var layer = new BayesianConvTranspose1d(1, 2, 3, stride: 2, outputPadding: 1);
        layer.ToString().Should().Be("BayesianConvTranspose1d(1, 2, kernel_size=(3,), stride=(2,), output_padding=(1,))");
        layer.OutputPadding.Should().Equal(1);
        layer.forward(ones(2, 1, 4)).shape.Should().Equal(2, 2, 10);
    }
}

public sealed class BayesianConvTranspose3dTests : ConvolutionLaws
{
    protected override BayesianConvolution Make(ScalarType dtype = ScalarType.Float64) =>
        new BayesianConvTranspose3d(2, 4, (2, 3, 1), stride: (2, 3, 2), padding: (0, 1, 0), outputPadding: (1, 1, 1), dilation: (2, 1, 1), groups: 2,
            dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 2, 2, 3, 2);

    // TorchSharp's layer uses the first output padding for all dimensions, so they are equal here.
    protected override Convolution Plain() =>
        nn.ConvTranspose3d(2, 4, (2, 3, 1), stride: (2, 3, 2), padding: (0, 1, 0), output_padding: (1, 1, 1), dilation: (2, 1, 1), groups: 2,
            dtype: float64);

    [Fact]
    public void Each_dimension_has_its_own_output_padding()
    {
        using var layer = new BayesianConvTranspose3d(1, 1, (3, 3, 3), stride: (2, 2, 2), outputPadding: (0, 1, 0));
        layer.forward(ones([2, 1, 4, 4, 4])).shape.Should().Equal(2, 1, 9, 10, 9);
        layer.OutputPadding.Should().Equal(0, 1, 0);
        using var cube = new BayesianConvTranspose3d(1, 1, 2, stride: 2, outputPadding: 1);
        cube.forward(ones([1, 1, 2, 2, 2])).shape.Should().Equal(1, 1, 5, 5, 5);
    }
}

public sealed class BayesianConvTranspose2dTests : ConvolutionLaws
{
    protected override BayesianConvolution Make(ScalarType dtype = ScalarType.Float64) =>
        new BayesianConvTranspose2d(4, 6, (3, 2), stride: (2, 1), padding: (1, 0), outputPadding: (1, 1), dilation: (1, 2), groups: 2, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 4, 3, 4);

    // TorchSharp's layer uses the first output padding for both dimensions, so they are equal here.
    protected override Convolution Plain() =>
        nn.ConvTranspose2d(4, 6, (3, 2), stride: (2, 1), padding: (1, 0), output_padding: (1, 1), dilation: (1, 2), groups: 2, dtype: float64);

    [Fact]
    public void Each_dimension_has_its_own_output_padding()
    {
        using var layer = new BayesianConvTranspose2d(1, 1, (3, 3), stride: (2, 2), outputPadding: (0, 1));
        layer.forward(ones(2, 1, 4, 4)).shape.Should().Equal(2, 1, 9, 10);
        layer.OutputPadding.Should().Equal(0, 1);
        layer.ToString().Should().Be("BayesianConvTranspose2d(1, 1, kernel_size=(3, 3), stride=(2, 2), output_padding=(0, 1))");
    }
}
