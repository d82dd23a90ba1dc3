using Bayes.Layers.Diagnostics;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

/// <summary>The collector runs continuously on another thread; whatever the library passes to native code must outlive the call.</summary>
public sealed class CollectorTests : TorchTest
{
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(1);

    private readonly BayesianSequential _model = new(
        new BayesianLinear(2, 5, prior: new NormalPrior(0.1, 2)), Tanh(),
        new BayesianLinear(5, 5, prior: new ScaleMixturePrior(), biasPrior: new StudentTPrior()),
        new BayesianLinear(5, 1));

    private readonly BayesianSequential _learned = new(
        new BayesianLinear(2, 5, prior: new LearnedScalePrior(), biasPrior: NormalPrior.PerWeight(zeros(5), ones(5))), Tanh(),
        new BayesianLinear(5, 1, prior: new HorseshoePrior(axis: 0), biasPrior: new LaplacePrior()));

    [Fact]
    public void Divergences_survive()
    {
        double expected = Values(_model.KlDivergence())[0];
        WhileCollecting(() => Values(_model.KlDivergence())[0].Should().Be(expected));
    }

    [Fact]
    public void Passes_survive()
    {
        var input = randn(3, 2);
        using var noGrad = no_grad();
        WhileCollecting(() => ShouldBeFinite(_model.Sample(input, 2)));
    }

    [Fact]
    public void Losses_and_gradients_survive()
    {
        var loss = ElboLoss.Bernoulli(10);
        Tensor input = randn(3, 2), target = ones(3, 1);
        WhileCollecting(() => loss.forward(_model.Sample(input, 2), target, _model.KlDivergence()).backward());
    }

    [Fact]
    public void Gradients_of_priors_survive()
    {
        Tensor input = randn(3, 2), target = ones(3, 1);
        using var step = new VariationalStep(_learned, ElboLoss.Bernoulli(10), parameters => optim.SGD(parameters, learningRate: 0.1));
        WhileCollecting(() =>
        {
            using var terms = step.ComputeGradients(input, target);
            ShouldBeFinite(terms.Total);
            _learned.KlDivergence().backward();
        });
    }

    [Fact]
    public void Recurrent_passes_and_dropout_survive()
    {
        using var model = new BayesianSequential(new BayesianLSTM(2, 3), new MonteCarloDropout(0.2), new BayesianGRU(3, 2));
        var input = randn(3, 4, 2);
        WhileCollecting(() => model.Sample(input, 2).mean().backward());
    }

    [Fact]
    public void Predictions_survive()
    {
        Tensor input = randn(3, 2), target = ones(3, 1);
        var predictive = new MonteCarloPredictive(_model, new BernoulliLikelihood(), 40, seed: 1, tolerance: 1e-9);
        WhileCollecting(() =>
        {
            using Predictive prediction = Predict(0), other = Predict(40), merged = Predictive.Merge(prediction, other);
            foreach (var tensor in new[] { merged.EpistemicStddev, merged.MutualInformation, merged.LogPredictiveDensity,
                merged.CredibleInterval().Lower })
                ShouldBeFinite(tensor);
        });

        Predictive Predict(int firstDraw) => predictive.Predict(input, target, keepSamples: true, firstDraw);
    }

    [Fact]
    public void Quantiles_of_the_target_survive()
    {
        using var prediction = Predictive.OfSamples(randn(5, 3, 2), new HeteroscedasticGaussianLikelihood(), randn(3, 1));
        WhileCollecting(() => ShouldBeFinite(prediction.QuantilesOfTarget([0.1, 0.9])));
    }

    [Fact]
    public void Learned_noise_survives()
    {
        Tensor input = randn(3, 2), target = ones(3, 1);
        ElboLoss[] losses = [ElboLoss.Gaussian(10), new(StudentTLikelihood.Learned(3), 10), new(new HeteroscedasticGaussianLikelihood(), 10),
            new(new PoissonLikelihood(), 10)];
        WhileCollecting(() =>
        {
            foreach (var loss in losses)
            {
                var output = _model.Sample(input, 2);
                if (loss.Likelihood is HeteroscedasticGaussianLikelihood)
                    output = cat([output, output], -1);
                loss.forward(output, target, _model.KlDivergence()).backward();
                using var prediction = Predictive.OfSamples(output, loss.Likelihood, target);
                ShouldBeFinite(loss.Likelihood is ContinuousLikelihood ? prediction.PredictionInterval().Upper : prediction.TotalVariance);
            }
        });
    }

    [Fact]
    public void Classes_survive()
    {
        Tensor outputs = randn(5, 3, 4), target = tensor(new long[] { 0, 3, 1 });
        WhileCollecting(() =>
        {
            using var prediction = Predictive.OfSamples(outputs, new CategoricalLikelihood(), target);
            ShouldBeFinite(prediction.MutualInformation);
            ShouldBeFinite(prediction.LogPredictiveDensity);
        });
    }

    [Fact]
    public void Diagnostics_survive()
    {
        string expected = PosteriorDiagnostics.Of(_model).ToString();
        WhileCollecting(() => PosteriorDiagnostics.Of(_model).ToString().Should().Be(expected));
    }

    private static void WhileCollecting(Action act)
    {
        using var stop = new CancellationTokenSource(Each);
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            while (!stop.IsCancellationRequested)
            {
                using var scope = NewDisposeScope();
                act();
            }
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }
    }
}
