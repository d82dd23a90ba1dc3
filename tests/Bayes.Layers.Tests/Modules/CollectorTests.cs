using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

/// <summary>The collector runs on a thread of its own all the while; what the library hands to native code must outlive the call.</summary>
public sealed class CollectorTests : TorchTest
{
    [Fact]
    public void Passes_and_divergences_survive_a_thread_that_collects()
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 5, prior: new Bayes.Layers.Priors.NormalPrior(0.1, 2)), Tanh(), new BayesianLinear(5, 1));
        using var predictive = new MonteCarloPredictive(model, new Bayes.Layers.Likelihoods.BernoulliLikelihood(), 5);
        var loss = ElboLoss.Bernoulli(10);
        Tensor input = randn(10, 2), target = ones(10, 1);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(4));
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();

        double reference = model.KlDivergence().ToDouble();
        while (!stop.IsCancellationRequested)
        {
            using var scope = NewDisposeScope();
            using var divergence = model.KlDivergence();
            divergence.ToDouble().Should().Be(reference);
            loss.forward(model.Sample(input, 3), target, divergence).backward();
            using var prediction = predictive.forward(input);
            ShouldBeFinite(prediction.EpistemicStddev);
        }
        collector.Join();
    }
}
