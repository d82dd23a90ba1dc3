using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Checkpoints;

/// <summary>A distribution that is made from its file is the one that was saved, to the bit.</summary>
public sealed class LoadDistributionTests : TorchTest
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    private static FunctionDistribution[] Distributions()
    {
        var shared = new BayesianSequential(new BayesianLinear(3, 4), Tanh(), new BayesianLinear(4, 1));
        Module<Tensor, Tensor> Plain() => Sequential(Linear(3, 4), BatchNorm1d(4), ReLU(), Linear(4, 1));
        return
        [
            new Ensemble([Plain(), Plain(), Plain()]),
            new Ensemble([shared, new BayesianLinear(3, 1), Plain()], [0.1, 0.2, 0.6]),
            new Ensemble([new Ensemble([shared, shared], [1, 3]), FunctionDistribution.Of(Plain()), FunctionDistribution.Of(shared)]),
            FunctionDistribution.Of(shared),
            FunctionDistribution.Of(Plain()),
        ];
    }

    [Fact]
    public void Every_distribution_comes_back_with_its_likelihood()
    {
        var input = randn(5, 3);
        foreach (var saved in Distributions())
        {
            Checkpoint.Save(saved, _path, new GaussianLikelihood(0.3));
            using var loaded = Checkpoint.LoadDistribution(_path);
            loaded.Likelihood.Should().BeOfType<GaussianLikelihood>();
            loaded.Loss.Should().BeNull();
            loaded.Distribution.ToString().Should().Be(saved.ToString());
            loaded.Distribution.Fingerprint().Should().Be(saved.Fingerprint());
            using var prediction = new MonteCarloPredictive(loaded.Distribution, loaded.Likelihood, 12, seed: 1).Predict(input);
            using var expected = new MonteCarloPredictive(saved, loaded.Likelihood, 12, seed: 1).Predict(input);
            ShouldBeClose(prediction.Mean, expected.Mean, 0);
            ShouldBeClose(prediction.TotalVariance, expected.TotalVariance, 0);
        }
        File.Delete(_path);
    }

    [Fact]
    public void What_is_no_model_is_no_model()
    {
        Checkpoint.Save(Distributions()[0], _path);
        FluentActions.Invoking(() => Checkpoint.LoadModel(_path)).Should().Throw<CheckpointException>().WithMessage("*LoadDistribution*");
        using (var loaded = Checkpoint.LoadDistribution(_path, dtype: float64))
        {
            loaded.Invoking(each => each.Likelihood).Should().Throw<InvalidOperationException>();
            loaded.Distribution.Module!.parameters().Should().OnlyContain(parameter => parameter.dtype == float64);
        }
        File.Delete(_path);
    }

    [Fact]
    public void Nothing_of_a_loaded_distribution_stays_behind()
    {
        Checkpoint.Save(Distributions()[2], _path);
        Checkpoint.LoadDistribution(_path).Dispose();
        long before = LiveTensors();
        Checkpoint.LoadDistribution(_path).Dispose();
        LiveTensors().Should().Be(before);
        File.Delete(_path);
    }
}
