using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using Bayes.Layers.Tests.Golden;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Prediction;

/// <summary>The mean and the variance of activations of normal values, compared with numbers of SciPy's quadrature.</summary>
public sealed class NormalMomentsGoldenTests : TorchTest
{
    private static readonly Dictionary<string, Func<Module<Tensor, Tensor>>> Functions = new()
    {
        ["relu"] = () => ReLU(), ["tanh"] = () => Tanh(), ["sigmoid"] = () => Sigmoid(), ["gelu"] = () => GELU(), ["silu"] = () => SiLU(),
    };

    public static TheoryData<string> Names => [.. Functions.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Moments_match_in_both_precisions(string name)
    {
        var golden = (string part) => GoldenData.Tensor("inference", "normal_moments", name, part);
        Tensor mean = GoldenData.Tensor("inference", "normal_moments", "mean"), stddev = GoldenData.Tensor("inference", "normal_moments", "stddev");
        foreach (var (type, tolerance) in new[] { (float64, 1e-8), (float32, 1e-6) })
        {
            var moments = MomentsOf(Functions[name](), mean.to(type), stddev.square().to(type));
            (moments.Mean.squeeze(0).to(float64) - golden("mean")).abs().max().ToDouble().Should().BeLessThan(tolerance);
            (moments.Variance!.squeeze(0).to(float64) - golden("variance")).abs().max().ToDouble().Should().BeLessThan(tolerance);
        }
    }

    private static Moments MomentsOf(Module<Tensor, Tensor> function, Tensor mean, Tensor variance)
    {
        using var pass = new Pass(MomentPropagation.Instance);
        return MomentRules.Of(function, new Moments(mean.unsqueeze(0), variance.unsqueeze(0)), pass);
    }
}
