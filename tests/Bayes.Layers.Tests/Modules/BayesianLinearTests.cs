using Bayes.Layers.Estimators;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Laws;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Modules;

public sealed class BayesianLinearTests : ModuleLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianLinear(4, 3, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 4);

    protected override IEnumerable<string> Keys => ["weight_mu", "weight_log_var", "bias_mu", "bias_log_var"];

    [Fact]
    public void Initial_values_are_those_of_the_experiment()
    {
        using var layer = new BayesianLinear(200, 100, initializer: new NormalInitializer(), dtype: float64);
        layer.weight_mu.mean().ToDouble().Should().BeApproximately(0, 0.005);
        layer.weight_mu.std().ToDouble().Should().BeApproximately(0.1, 0.005);
        layer.weight_log_var.mean().ToDouble().Should().BeApproximately(-2, 0.005);
        layer.weight_log_var.std().ToDouble().Should().BeApproximately(0.1, 0.005);
        layer.WeightPrior.Should().BeSameAs(NormalPrior.Standard);
    }

    [Fact]
    public void Default_outputs_are_as_large_as_inputs_with_a_tenth_of_that_as_noise()
    {
        using var layer = new BayesianLinear(200, 100, dtype: float64);
        layer.weight_mu.mean().ToDouble().Should().BeApproximately(0, 0.005);
        layer.weight_mu.std().ToDouble().Should().BeApproximately(1 / Math.Sqrt(200), 0.005 / Math.Sqrt(200) * 5);
        ShouldBeClose(layer.WeightPosterior.Stddev(), full([100, 200], 0.1 / Math.Sqrt(200), float64), 1e-12);
        ShouldBeClose(layer.bias_mu!, zeros(100, float64), 0);
    }

    [Fact]
    public void Initializer_and_prior_are_arguments()
    {
        using var layer = new BayesianLinear(
            5, 4, prior: new NormalPrior(stddev: 0.5),
            initializer: new NormalInitializer(meanStddev: 0, logVarianceMean: Math.Log(0.25), logVarianceStddev: 0), dtype: float64);
        ShouldBeClose(layer.weight_mu, zeros([4, 5], float64), 0);
        layer.KlDivergence().ToDouble().Should().BeApproximately(0, 1e-14, "the posterior starts as the prior");
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void The_divergence_of_a_wide_layer_in_half_precision_is_finite(ScalarType dtype)
    {
        using BayesianLinear half = new(784, 512, dtype: dtype), single = new(784, 512);
        single.load_state_dict(half.state_dict());
        half.KlDivergence().ToDouble().Should().BeApproximately(single.KlDivergence().ToDouble(), 0.01 * single.KlDivergence().ToDouble());
    }

    [Fact]
    public void An_initializer_of_another_shape_is_refused()
    {
        var act = () => new BayesianLinear(3, 2, initializer: new WrongInitializer());
        act.Should().Throw<ArgumentException>().WithMessage("The initializer gave weight_mu of Float32 [7]*expected Float32 [2, 3] for both*");
    }

    [Fact]
    public void Mean_and_log_variance_start_independently()
    {
        using var layer = new BayesianLinear(200, 100, initializer: new NormalInitializer(), dtype: float64);
        double correlation = layer.weight_mu.mul(layer.weight_log_var + 2).mean().ToDouble() / 0.01;
        correlation.Should().BeApproximately(0, 5 / Math.Sqrt(20_000));
    }

    [Fact]
    public void The_device_argument_reaches_every_parameter()
    {
        // The meta device exists on every machine.
        using var layer = new BayesianLinear(4, 3, device: new Device(DeviceType.META));
        layer.parameters().Should().OnlyContain(p => p.device_type == DeviceType.META);
    }

    [Fact]
    public void The_default_element_type_is_that_of_torch()
    {
        var before = get_default_dtype();
        try
        {
            set_default_dtype(float64);
            using var layer = new BayesianLinear(4, 3);
            layer.parameters().Should().OnlyContain(p => p.dtype == ScalarType.Float64);
        }
        finally
        {
            set_default_dtype(before);
        }
    }

    [Fact]
    public void Axes_between_batch_and_features_are_kept()
    {
        using var layer = new BayesianLinear(4, 3);
        layer.forward(randn(2, 5, 7, 4)).shape.Should().Equal(2, 5, 7, 3);
        layer.Sample(randn(2, 5, 7, 4), 6).shape.Should().Equal(6, 2, 5, 7, 3);
    }

    [Fact]
    public void Without_a_bias_there_are_no_bias_parameters()
    {
        using var layer = new BayesianLinear(4, 3, hasBias: false);
        layer.HasBias.Should().BeFalse();
        layer.bias_mu.Should().BeNull();
        layer.BiasPosterior.Should().BeNull();
        layer.state_dict().Keys.Should().Equal("weight_mu", "weight_log_var");
        ShouldBeClose(layer.forward(zeros(2, 4)), zeros(2, 3), 0);
        var act = () => layer.bias_mu = new Parameter(zeros(3));
        act.Should().Throw<InvalidOperationException>().WithMessage("*no bias_mu*without a bias*");
    }

    [Fact]
    public void A_parameter_can_be_replaced_only_by_one_of_its_shape()
    {
        using var layer = new BayesianLinear(4, 3);
        layer.weight_mu = new Parameter(ones(3, 4));
        ShouldBeClose(layer.state_dict()["weight_mu"], ones(3, 4), 0);
        var act = () => layer.weight_mu = new Parameter(ones(4, 3));
        act.Should().Throw<ArgumentException>().WithMessage("weight_mu has shape [4, 3]; expected [3, 4]*");
    }

    [Fact]
    public void The_text_has_the_sizes()
    {
        using var layer = new BayesianLinear(4, 3);
        layer.ToString().Should().Be("BayesianLinear(in_features=4, out_features=3, bias=True)");
    }

    [Fact]
    public void A_wrong_feature_count_is_refused()
    {
        using var layer = new BayesianLinear(4, 3);
        layer.Invoking(l => l.forward(ones(2, 5))).Should().Throw<ArgumentException>()
            .WithMessage("The input has shape [2, 5], so 5 features; expected 4*");
    }

    [Fact]
    public void A_wrong_rank_is_refused()
    {
        using var layer = new BayesianLinear(4, 3);
        layer.Invoking(l => l.Propagate(ones(1, 4), PosteriorMean.Instance)).Should().Throw<ArgumentException>()
            .WithMessage("The input has shape [4]; expected [batch, …, 4]*unsqueeze*");
    }

    [Fact]
    public void Another_element_type_is_refused()
    {
        using var layer = new BayesianLinear(4, 3);
        layer.Invoking(l => l.forward(ones(2, 4, float64))).Should().Throw<ArgumentException>()
            .WithMessage("The input is of type Float64 and BayesianLinear's weights of Float32*");
    }

    [Fact]
    public void A_type_that_is_not_floating_point_is_refused()
    {
        var act = () => new BayesianLinear(4, 3, dtype: int64);
        act.Should().Throw<ArgumentException>().WithMessage("dtype is Int64; expected a floating-point type*");
    }

    [Theory]
    [InlineData(0, 3, "inputSize is 0")]
    [InlineData(4, -1, "outputSize is -1")]
    public void A_size_below_one_is_refused(long inputSize, long outputSize, string message)
    {
        var act = () => new BayesianLinear(inputSize, outputSize);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message + "*");
    }

    [Fact]
    public void A_missing_cuda_device_is_refused()
    {
        Assert.SkipWhen(cuda.is_available(), "this machine has a CUDA device");
        var act = () => new BayesianLinear(4, 3, device: new Device(DeviceType.CUDA, 0));
        act.Should().Throw<ArgumentException>().WithMessage("device is cuda:0, but no CUDA device is available*");
    }

    [Fact]
    public void Too_many_weights_are_refused()
    {
        foreach (Func<BayesianModule> make in new Func<BayesianModule>[] { () => new BayesianLinear(long.MaxValue, 3),
            () => new BayesianConv2d(long.MaxValue, 3, 1), () => new BayesianEmbedding(4, long.MaxValue),
            () => new BayesianConvTranspose2d(long.MaxValue, 1, 1) })
            make.Should().Throw<ArgumentOutOfRangeException>()
                .WithMessage("A weight would have shape *9223372036854775807*; expected at most 1152921504606846975 numbers.*");
        FluentActions.Invoking(() => new BayesianLSTM(3, long.MaxValue)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("hiddenSize is 9223372036854775807; expected a whole number from 1 to 2147483647.*");
    }

    [Fact]
    public void A_refused_layer_leaves_no_tensor_behind()
    {
        using var perWeight = NormalPrior.PerWeight(zeros(5), ones(5)).Mean;
        long before = LiveTensors();
        // The weight is made before the bias or the prior is refused.
        foreach (Func<BayesianModule> make in new Func<BayesianModule>[]
        {
            () => new BayesianLinear(4, 3, initializer: new WrongInitializer()),
            () => new BayesianLinear(4, 3, biasPrior: NormalPrior.PerWeight(perWeight, tensor(1f))),
            () => new BayesianGRU(4, 3, biasPrior: NormalPrior.PerWeight(perWeight, tensor(1f))),
        })
        {
            using (NewDisposeScope())
                make.Should().Throw<ArgumentException>();
            LiveTensors().Should().Be(before);
        }
    }

    [Fact]
    public void Initial_values_that_the_type_cannot_hold_are_refused()
    {
        var act = () => new BayesianLinear(4, 3, initializer: new NormalInitializer(logVarianceMean: 1e300), dtype: float16);
        act.Should().Throw<ArgumentException>().WithMessage("weight_log_var has the value Infinity; expected finite numbers.*");
    }
}

internal sealed class WrongInitializer : PosteriorInitializer
{
    public override (Tensor Mean, Tensor LogVariance) Initialize(long[] shape, long fanIn, Bayes.Layers.Numerics.NoiseSource noise,
        ScalarType dtype) =>
        (zeros(7, dtype), zeros(7, dtype));
}

public sealed class BayesianLinearWithoutBiasTests : ModuleLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianLinear(4, 3, hasBias: false, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 2, 4);

    protected override IEnumerable<string> Keys => ["weight_mu", "weight_log_var"];
}
