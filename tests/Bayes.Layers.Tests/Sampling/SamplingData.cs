using Bayes.Layers.Likelihoods;
using Bayes.Layers.Sampling;
using Bayes.Layers.Tests.Golden;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Sampling;

/// <summary>Networks and data that tests of samplers share.</summary>
internal static class SamplingData
{
    private static readonly string[] Linear = ["inference", "linear_regression_correlated"];

    /// <summary>The linear regression of the golden file, whose posterior is known.</summary>
    public static Tensor Of(string key) => GoldenData.Tensor([.. Linear, key]);

    public static double Number(string key) => GoldenData.Number([.. Linear, key]);

    public static GaussianLikelihood Noise => new(Number("noise_stddev"));

    public static Sequential LinearNetwork(ScalarType dtype = ScalarType.Float64) =>
        nn.Sequential(nn.Linear(3, 1, hasBias: false, dtype: dtype));

    /// <summary>A tanh network with one input and output, and rows of a sine with a gap.</summary>
    public static (Sequential Network, Tensor Inputs, Tensor Targets) Sine(int rows = 30, ScalarType dtype = ScalarType.Float32)
    {
        var inputs = linspace(-1, 1, rows, dtype).unsqueeze(1);
        return (nn.Sequential(nn.Linear(1, 4, dtype: dtype), nn.Tanh(), nn.Linear(4, 1, dtype: dtype)), inputs, inputs.mul(3).sin());
    }

    public static LogPosterior Dense(
        nn.Module network, Tensor inputs, Tensor targets, Likelihood likelihood, HamiltonianOptions? options = null)
    {
        options ??= new HamiltonianOptions();
        return DensePosterior.TryOf(
            network, WeightLayout.Of(network, options), inputs, targets, likelihood, options.Temperature)?.Invoke()
            ?? throw new InvalidOperationException("The network is not dense.");
    }

    public static LogPosterior ByAutograd(
        nn.Module network, Tensor inputs, Tensor targets, Likelihood likelihood, HamiltonianOptions? options = null)
    {
        options ??= new HamiltonianOptions();
        network.eval();
        var layout = WeightLayout.Of(network, options);
        var gradient = new NetworkGradient(network, layout, inputs.narrow(0, 0, 1), likelihood, output: null);
        return new NetworkPosterior(gradient, null, inputs, targets, layout.Length, options.Temperature);
    }
}

/// <summary>A network that managed code does not know, with one linear layer.</summary>
internal sealed class OwnLinear : nn.Module<Tensor, Tensor>
{
    private readonly Linear layer;

    public OwnLinear(long inputs, long outputs, bool hasBias = true, ScalarType dtype = ScalarType.Float64) : base(nameof(OwnLinear))
    {
        layer = nn.Linear(inputs, outputs, hasBias, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => layer.forward(input);
}
