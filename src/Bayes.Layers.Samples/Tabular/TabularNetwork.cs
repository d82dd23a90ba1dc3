using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Tabular;

/// <summary>One network of the mixture: a hidden layer whose priors have learned scales, trained on standardised rows.</summary>
/// <remarks>Owns the model and the loss: dispose it.</remarks>
internal sealed class TabularNetwork : IDisposable
{
    // Share of training during which the weight of the KL divergence rises to 1.
    private const double WarmUpShare = 0.3;

    // The last twentieth of the epochs estimates the ELBO.
    private const int LastShare = 20;

    // Initial sigma, relative to the spread of the means.
    private const double StartingNoise = 0.1;

    // torch's global generator draws the initial weights, so networks are made one at a time.
    private static readonly Lock Starting = new();

    private readonly BayesianSequential _model;
    private readonly ElboLoss _loss;
    private readonly TorchNoise _noise;
    private readonly VariationalTrainer _trainer;

    /// <summary>Makes an untrained network.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="recipe">The kind of network.</param>
    /// <param name="features">Number of features.</param>
    /// <param name="rows">Number of training rows.</param>
    /// <param name="classes">Number of classes, or 0 for regression.</param>
    /// <param name="seed">Seed of everything random.</param>
    public TabularNetwork(TabularOptions options, TabularRecipe recipe, long features, int rows, int classes, long seed)
    {
        var likelihood = classes > 0 ? new CategoricalLikelihood() : recipe.Likelihood();
        lock (Starting)
        {
            random.manual_seed(SeedStreams.For(seed, "start"));
            var start = new SpreadBiases(new FanInInitializer(recipe.Gain, StartingNoise));
            var head = new FanInInitializer(gain: 1, StartingNoise);
            long outputs = classes > 0 ? classes : recipe.Outputs;
            // A learned scale would shrink the logits, which should be large where the classes are far apart.
            Prior headPrior = classes > 0 ? NormalPrior.Standard : new LearnedScalePrior(1 / Math.Sqrt(options.Hidden));
            _model = new BayesianSequential(
                ("hidden", new BayesianLinear(
                    features, options.Hidden, prior: new HorseshoePrior(1 / Math.Sqrt(features), axis: 1), biasPrior: new LearnedScalePrior(),
                    initializer: start)),
                ("activation", recipe.Activation()),
                ("output", new BayesianLinear(
                    options.Hidden, outputs, prior: headPrior, biasPrior: NormalPrior.Standard, initializer: head)));
        }
        _loss = new ElboLoss(likelihood, rows);
        _noise = new TorchNoise(SeedStreams.For(seed, "noise"));
        int epochs = options.EpochsFor(rows);
        _trainer = new VariationalTrainer(_model, _loss, new VariationalTrainerOptions
        {
            Epochs = epochs,
            BatchSize = Math.Min(options.BatchSize, rows),
            LearningRate = options.LearningRate,
            CreateOptimizer = (parameters, learningRate) => optim.Adam(parameters, lr: learningRate, beta1: 0.9, beta2: 0.999),
            CreateScheduler = optimizer => optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs),
            Estimator = new LocalReparameterization(1, _noise),
            KlSchedule = LinearWarmUpKl.OverEpochs(Math.Max(1, WarmUpShare * epochs)),
            ShuffleSeed = unchecked((int)SeedStreams.For(seed, "batches")),
        });
    }

    /// <summary>Trains the network.</summary>
    /// <returns>The negative ELBO of the last epochs, in nats per example, by which the mixture weighs its networks.</returns>
    public double Train(Tensor input, Tensor target, CancellationToken cancellationToken)
    {
        var history = _trainer.Fit(input, target, cancellationToken: cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        // An epoch's loss is one draw of the negative ELBO. At the end the learning rate is almost 0, so the last epochs draw the same one.
        return history.Epochs.TakeLast(Math.Max(1, history.Epochs.Count / LastShare)).Average(epoch => epoch.Loss);
    }

    /// <summary>Predicts rows.</summary>
    /// <returns>The likelihood as it was learned, and the outputs of all draws, <c>[S, B, …]</c>.</returns>
    public (Likelihood Likelihood, Tensor Outputs) Predict(Tensor input, int samples, long seed)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        _model.eval();
        using var draws = new PosteriorDraws(SeedStreams.For(seed, "draws"), samples);
        return (_loss.Likelihood.Frozen(), _model.Sample(input, draws).MoveToOuterDisposeScope());
    }

    public void Dispose()
    {
        _model.Dispose();
        _loss.Dispose();
        _noise.Dispose();
    }
}
