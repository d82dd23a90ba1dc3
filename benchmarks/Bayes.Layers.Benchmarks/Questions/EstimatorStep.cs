using Bayes.Layers.Estimators;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Training;
using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>How long does a training step of <see cref="VariationalStep"/> with Adam take, by estimator? docs/estimators.md has the
/// ratios.</summary>
public class EstimatorStep
{
    private BayesianSequential _model = null!;
    private VariationalStep _step = null!;
    private Tensor _input = null!;
    private Tensor _target = null!;

    [Params("8-50-1", "784-512-512-10")]
    public string Network { get; set; } = "";

    [Params("one draw", "two draws", "a pair", "local", "Flipout")]
    public string Estimator { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        random.manual_seed(8);
        long[] sizes = [.. Network.Split('-').Select(long.Parse)];
        var modules = sizes.Zip(sizes.Skip(1))
            .SelectMany(IEnumerable<nn.Module<Tensor, Tensor>> (pair) => [
                new BayesianLinear(pair.First, pair.Second, initializer: new FanInInitializer()), nn.ReLU()]);
        _model = new BayesianSequential([.. modules.SkipLast(1)]);
        _input = randn(64, sizes[0]);
        _target = randn(64, sizes[^1]);
        _step = new VariationalStep(_model, ElboLoss.Gaussian(1000), parameters => optim.Adam(parameters, lr: 1e-4), Estimator switch
        {
            "one draw" => new Reparameterization(),
            "two draws" => new Reparameterization(2),
            "a pair" => new Reparameterization(2, antithetic: true),
            "local" => new LocalReparameterization(),
            _ => new Flipout(),
        });
    }

    [Benchmark]
    public void Step()
    {
        using var terms = _step.Run(_input, _target);
    }
}
