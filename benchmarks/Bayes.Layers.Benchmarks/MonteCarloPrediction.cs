using Bayes.Layers.Likelihoods;
using BenchmarkDotNet.Attributes;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Benchmarks;

/// <summary>Mean and standard deviation of many draws over many inputs: the stacked loop that everyone writes, and this library's call.</summary>
[MemoryDiagnoser]
public class MonteCarloPrediction
{
    private BayesianSequential _model = null!;
    private MonteCarloPredictive _predictive = null!;
    private Tensor _input = null!;

    [Params(285, 10_000, 250_000)]
    public int Inputs { get; set; }

    [Params(100)]
    public int Draws { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        random.manual_seed(8);
        _model = new BayesianSequential(
            new BayesianLinear(2, 5, hasBias: false), Tanh(), new BayesianLinear(5, 5, hasBias: false), Tanh(),
            new BayesianLinear(5, 1, hasBias: false), Sigmoid());
        _predictive = new MonteCarloPredictive(_model, new BernoulliLikelihood(BernoulliOutput.Probabilities), Draws);
        _input = randn(Inputs, 2);
        RequireAgreement();
    }

    [Benchmark(Baseline = true)]
    public double StackedLoop()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var draws = stack([.. Enumerable.Range(0, Draws).Select(_ => _model.forward(_input))]);
        return draws.mean([0L]).sum().ToDouble() + draws.std(0L).sum().ToDouble();
    }

    [Benchmark]
    public double Predictive()
    {
        using var scope = NewDisposeScope();
        using var prediction = _predictive.forward(_input);
        return prediction.Mean.sum().ToDouble() + prediction.EpistemicStddev.sum().ToDouble();
    }

    /// <summary>What is timed must be right: both estimate the same means, within their Monte Carlo error.</summary>
    private void RequireAgreement()
    {
        double loop = StackedLoop() / Inputs, predictive = Predictive() / Inputs;
        if (Math.Abs(loop - predictive) > 0.15)
            throw new InvalidOperationException($"The loop gives {loop} and the predictive {predictive}.");
    }
}
