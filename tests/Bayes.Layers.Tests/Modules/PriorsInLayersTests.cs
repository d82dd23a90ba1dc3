using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Laws;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Modules;

/// <summary>The laws of layers whose prior is saved and moved, and perhaps learned, with the layer.</summary>
public abstract class LayerWithPriorLaws : ModuleLaws
{
    /// <summary>Makes the priors of a weight of shape [3, 4] and a bias of shape [3].</summary>
    protected abstract (Prior Weight, Prior? Bias) Priors();

    protected abstract IEnumerable<string> PriorKeys { get; }

    protected sealed override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => Layer(dtype);

    protected sealed override Tensor Input(long batch) => Normal(batch, 4);

    protected sealed override IEnumerable<string> Keys => ["weight_mu", "weight_log_var", "bias_mu", "bias_log_var", .. PriorKeys];

    private BayesianLinear Layer(ScalarType dtype = ScalarType.Float64)
    {
        // The arguments of the priors may be disposed once the layer is made.
        using var scope = NewDisposeScope();
        var (weight, bias) = Priors();
        return new BayesianLinear(4, 3, prior: weight, biasPrior: bias, dtype: dtype);
    }

    [Fact]
    public void The_divergence_survives_a_change_of_type_and_the_end_of_the_scope()
    {
        using var layer = Layer();
        double expected = layer.KlDivergence().ToDouble();
        using (NewDisposeScope())
        {
            layer.to(float32);
            layer.to(float64);
        }
        layer.KlDivergence().ToDouble().Should().BeApproximately(expected, 1e-5);
        layer.state_dict().Keys.Should().Equal(Keys);
    }

    [Fact]
    public void A_layer_on_another_device_has_its_prior_there()
    {
        // The meta device exists on every machine.
        var (weight, bias) = Priors();
        using var layer = new BayesianLinear(4, 3, prior: weight, biasPrior: bias, device: new Device(DeviceType.META));
        layer.state_dict().Values.Should().OnlyContain(tensor => tensor.device_type == DeviceType.META);
    }

    [Fact]
    public void VariationalStep_matches_plain_training()
    {
        var loss = ElboLoss.Bernoulli(datasetSize: 20, beta: 0.7);
        var input = Normal(6, 4);
        var target = ones([6, 3], float64);
        using BayesianLinear plain = Layer(), stepped = Layer();
        stepped.load_state_dict(plain.state_dict());
        using var optimizer = optim.Adam(plain.parameters(), lr: 0.01);
        using Bayes.Layers.Numerics.TorchNoise noise = new(3), same = new(3);
        using var step = new VariationalStep(stepped, loss, parameters => optim.Adam(parameters, lr: 0.01), new Reparameterization(2, noise));
        step.IsFast.Should().BeTrue("the prior has its gradient in closed form");
        for (int i = 0; i < 20; i++)
        {
            step.Run(input, target).Dispose();
            optimizer.zero_grad();
            var (output, divergence) = plain.SampleWithKl(input, new Reparameterization(2, same));
            loss.forward(output, target, divergence).backward();
            optimizer.step();
        }
        foreach (var (key, value) in plain.state_dict())
            ShouldBeClose(stepped.state_dict()[key], value, 1e-10, key);
    }

    [Fact]
    public void Steps_leave_no_live_tensor()
    {
        var loss = ElboLoss.Bernoulli(datasetSize: 20);
        Tensor input = Normal(6, 4), target = ones([6, 3], float64);
        long before = LiveTensors();
        using (var layer = Layer())
        using (var step = new VariationalStep(layer, loss, parameters => optim.Adam(parameters, lr: 0.01)))
        {
            step.Run(input, target).Dispose();
            long first = LiveTensors();
            for (int i = 0; i < 20; i++)
                step.Run(input, target).Dispose();
            LiveTensors().Should().Be(first);
        }
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void Diagnostics_read_the_prior()
    {
        using var layer = Layer();
        var (weight, bias) = (layer.WeightPrior, layer.BiasPrior!);
        var diagnostics = PosteriorDiagnostics.Of(layer);
        diagnostics.KlDivergence.Should().BeApproximately(layer.KlDivergence().ToDouble(), 1e-10);
        diagnostics.Layers[0].Weight.PriorStddev.Should().Be(weight.Stddev);
        diagnostics.Layers[0].Bias!.PriorStddev.Should().Be(bias.Stddev);
        diagnostics.ToString().Should().NotContain("NaN");
    }

    [Fact]
    public void Functions_with_names_can_be_drawn()
    {
        using var layer = Layer();
        using PosteriorDraws draws = new(1, 3), same = new(1, 3);
        var input = Input(2);
        ShouldBeClose(layer.Sample(input, draws), layer.Sample(input, same), 0);
        ShouldBeClose(layer.SampleWithKl(input, draws).KlDivergence, layer.KlDivergence(), 0);
    }
}

public sealed class LayerWithPerWeightPriorTests : LayerWithPriorLaws
{
    protected override (Prior, Prior?) Priors() =>
        (NormalPrior.PerWeight(Normal(3, 4), Normal(3, 4).exp()), NormalPrior.PerWeight(Normal(3), tensor(0.3)));

    protected override IEnumerable<string> PriorKeys => ["weight_prior.mean", "weight_prior.stddev", "bias_prior.mean", "bias_prior.stddev"];

    protected override IEnumerable<string> ParameterKeys => ["weight_mu", "weight_log_var", "bias_mu", "bias_log_var"];
}

public sealed class LayerWithLearnedScalePriorTests : LayerWithPriorLaws
{
    protected override (Prior, Prior?) Priors() => (new LearnedScalePrior(initialScale: 0.3), null);

    protected override IEnumerable<string> PriorKeys => ["weight_prior.log_scale", "bias_prior.log_scale"];
}

public sealed class FrozenScaleTests : TorchTest
{
    [Fact]
    public void A_frozen_scale_does_not_change_while_the_weights_train()
    {
        using var layer = new BayesianLinear(4, 3, hasBias: false, prior: new LearnedScalePrior(initialScale: 0.3), dtype: float64);
        foreach (var parameter in layer.WeightPrior.Parameters!.parameters())
            parameter.requires_grad = false;
        using var before = layer.weight_mu.clone();
        using var step = new VariationalStep(layer, ElboLoss.Bernoulli(20), parameters => optim.SGD(parameters, learningRate: 0.1));
        step.IsFast.Should().BeTrue();
        step.Run(Normal(6, 4), ones([6, 3], float64)).Dispose();
        layer.WeightPrior.Stddev.Should().BeApproximately(0.3, 1e-15);
        ShouldDiffer(layer.weight_mu, before);
    }
}
/// <summary>A prior whose numbers the weights' type cannot represent is refused when the layer is made, before a divergence becomes NaN.</summary>
public sealed class PriorsOutOfRangeTests : TorchTest
{
    public static TheoryData<Prior, string> OutOfRange => new()
    {
        { new NormalPrior(stddev: 1e-30),
            "stddev is 1E-30; expected a number from 5.4*E-20 to 1.8*E+19, whose square is above 0 and finite in Float32.*" },
        { new NormalPrior(mean: 1e30), "mean is 1E+30; expected a number from -1.8*E+19 to 1.8*E+19, whose square is finite in Float32.*" },
        { new LaplacePrior(scale: 1e-30), "scale is 1E-30; *" },
        { new ScaleMixturePrior(0.5, 1, 1e-51), "stddev2 is 1E-51; *" },
        { new StudentTPrior(1e-84, 0.2), "degreesOfFreedom is 1E-84; *" },
        { new StudentTPrior(1e-10, 1e-18), "scale times the root of degreesOfFreedom is 1*E-23; *" },
        { new HorseshoePrior(1e-18), "the minimum of the scale is 1E-22; *" },
        { new LearnedScalePrior(1e18), "the maximum of the scale is 1E+22; *" },
        { new LearnedScalePrior(1, 1e300), "degreesOfFreedom is 1E+300; *" },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void Numbers_that_the_weights_type_cannot_hold_are_refused(Prior prior, string message)
    {
        long before = LiveTensors();
        foreach (var type in new[] { float32, float16 })
        {
            var act = () => new BayesianLinear(2, 1, prior: prior, dtype: type);
            act.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
        }
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void Double_precision_accepts_them()
    {
        foreach (Prior prior in new Prior[] { new NormalPrior(1e30, 1e-30), new LaplacePrior(0, 1e-30), new HorseshoePrior(1e-18),
            new LearnedScalePrior(1e18) })
        {
            using var layer = new BayesianLinear(2, 1, prior: prior, dtype: float64);
            using var divergence = layer.KlDivergence();
            double.IsFinite(divergence.ToDouble()).Should().BeTrue();
        }
    }
}
public sealed class LayerWithHorseshoePriorTests : LayerWithPriorLaws
{
    protected override (Prior, Prior?) Priors() => (new HorseshoePrior(0.5), null);

    protected override IEnumerable<string> PriorKeys =>
        ["weight_prior.log_global_scale", "weight_prior.log_local_scale", "bias_prior.log_global_scale", "bias_prior.log_local_scale"];
}

public sealed class LayerWithGroupedHorseshoePriorTests : LayerWithPriorLaws
{
    protected override (Prior, Prior?) Priors() => (new HorseshoePrior(0.5, axis: 1), NormalPrior.Standard);

    protected override IEnumerable<string> PriorKeys => ["weight_prior.log_global_scale", "weight_prior.log_local_scale"];
}
