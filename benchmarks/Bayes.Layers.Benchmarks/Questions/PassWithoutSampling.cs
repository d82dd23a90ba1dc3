using Bayes.Layers.Conversion;
using Bayes.Layers.Likelihoods;
using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>
/// How long does a prediction by means and variances take, beside 100 draws and one plain pass, for 784-512-512-10? docs/without-sampling.md has the
/// ratios.
/// </summary>
public class PassWithoutSampling
{
    private readonly CategoricalLikelihood _likelihood = new();
    private BayesianSequential _model = null!;
    private nn.Module<Tensor, Tensor> _plain = null!;
    private MonteCarloPredictive _predictive = null!;
    private Tensor _input = null!;

    [Params(1, 16, 64, 256)]
    public long Rows { get; set; }

    [Params("ReLU", "tanh")]
    public string Function { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        random.manual_seed(8);
        Func<nn.Module<Tensor, Tensor>> function = Function == "ReLU" ? () => nn.ReLU() : () => nn.Tanh();
        _model = new BayesianSequential(
            new BayesianLinear(784, 512), function(), new BayesianLinear(512, 512), function(), new BayesianLinear(512, 10));
        _plain = _model.ToDeterministic();
        _plain.eval();
        _predictive = new MonteCarloPredictive(_model, _likelihood, samples: 100);
        _input = rand(Rows, 784);
    }

    [Benchmark(Baseline = true)]
    public void Moments()
    {
        using var prediction = MomentPropagation.Predict(_model, _likelihood, _input);
    }

    [Benchmark]
    public void HundredDraws()
    {
        using var prediction = _predictive.Predict(_input);
    }

    [Benchmark]
    public void PlainPass()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _plain.call(_input);
    }
}
