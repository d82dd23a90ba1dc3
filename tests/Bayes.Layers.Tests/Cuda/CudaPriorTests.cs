using Bayes.Layers.Estimators;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Cuda;

/// <summary>Priors on a GPU. Reported as skipped if there is none.</summary>
public sealed class CudaPriorTests : TorchTest
{
    private static readonly Device Gpu = new(DeviceType.CUDA, 0);

    public CudaPriorTests() => Assert.SkipUnless(cuda.is_available(), "no CUDA device");

    private static BayesianLinear[] Layers() =>
    [
        new(4, 3, prior: new ScaleMixturePrior(), biasPrior: new StudentTPrior(), dtype: float64),
        new(4, 3, prior: new LaplacePrior(), biasPrior: new LearnedScalePrior(), dtype: float64),
        new(4, 3, prior: new HorseshoePrior(axis: 1), biasPrior: new HorseshoePrior(), dtype: float64),
        new(4, 3, prior: NormalPrior.PerWeight(Normal(3, 4), tensor(0.4)),
            biasPrior: NormalPrior.PerWeight(Normal(3).to(Gpu), tensor(0.4)), dtype: float64),
    ];

    [Fact]
    public void A_moved_layer_keeps_its_divergence()
    {
        var input = Normal(6, 4);
        foreach (var layer in Layers())
        {
            Tensor weight = Normal(2, 3, 4), bias = Normal(2, 3);
            Tensor expected = layer.KlDivergence(), drawn = Drawn(input);
            layer.to(Gpu);
            layer.state_dict().Values.Should().OnlyContain(each => each.device_type == DeviceType.CUDA);
            ShouldBeClose(layer.KlDivergence(), expected, 1e-10);
            ShouldBeClose(Drawn(input.to(Gpu)), drawn, 1e-10);

            Tensor Drawn(Tensor given) => layer.SampleWithKl(given, new Reparameterization(2, new GivenNoise(weight, bias))).KlDivergence;
        }
    }

    [Fact]
    public void It_trains()
    {
        Tensor input = Normal(6, 4).to(Gpu), target = ones([6, 3], float64, Gpu);
        foreach (var layer in Layers())
        {
            layer.to(Gpu);
            using var step = new VariationalStep(layer, ElboLoss.Bernoulli(20), parameters => optim.Adam(parameters, lr: 0.01));
            var before = layer.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.clone());
            for (int i = 0; i < 3; i++)
                step.Run(input, target).Dispose();
            foreach (var (name, parameter) in layer.named_parameters())
                ShouldDiffer(parameter, before[name], name);
        }
    }
}
