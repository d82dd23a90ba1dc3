using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Tabular;

/// <summary>One network of the mixture: a hidden layer under priors whose scales are learned, trained on standardised rows.</summary>
/// <remarks>Owns the model and the loss; dispose it.</remarks>
internal sealed class TabularNetwork : IDisposable
{
    // Of training, in which the prior comes into force.
    private const double WarmUpShare = 0.3;

    // Of the epochs the last twentieth tell the ELBO.
    private const int LastShare = 20;

    // A posterior starts with so much noise against its signal.
    private const double StartingNoise = 0.1;

    // torch's global generator draws the first weights: one network at a time.
    private static readonly Lock Starting = new();

    private readonly BayesianSequential _model;
    private readonly ElboLoss _loss;
    private readonly TorchNoise _noise;
    private readonly VariationalTrainer _trainer;

    /// <summary>A network that has not learned yet.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="recipe">What kind of network.</param>
    /// <param name="features">Features in.</param>
    /// <param name="rows">Training rows.</param>
    /// <param name="classes">How many classes; 0 for regression.</param>
    /// <param name="seed">Of all that is random.</param>
    public TabularNetwork(TabularOptions options, TabularRecipe recipe, long features, int rows, int classes, long seed)
    {
        var likelihood = classes > 0 ? new CategoricalLikelihood() : recipe.Likelihood();
        lock (Starting)
        {
            random.manual_seed(SeedStreams.For(seed, "start"));
            var start = new SpreadBiases(new FanInInitializer(recipe.Gain, StartingNoise));
            var head = new FanInInitializer(gain: 1, StartingNoise);
            long outputs = classes > 0 ? classes : recipe.Outputs;
            // Logits have a unit of their own, and a learned scale would draw them together: where classes are apart, they are to be sure.
            Prior headPrior = classes > 0 ? NormalPrior.Standard : new LearnedScalePrior(1 / Math.Sqrt(options.Hidden));
            _model = new BayesianSequential(
                ("hidden", new BayesianLinear(
                    features, options.Hidden, prior: new HorseshoePrior(1 / Math.Sqrt(features), axis: 1), biasPrior: new LearnedScalePrior(), initializer: start)),
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
            CreateOptimizer = (parameters, learningRate) => new ManagedAdam(parameters, learningRate),
            CreateScheduler = optimizer => optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs),
            Estimator = new LocalReparameterization(1, _noise),
            KlSchedule = LinearWarmUpKl.OverEpochs(Math.Max(1, WarmUpShare * epochs)),
            ShuffleSeed = unchecked((int)SeedStreams.For(seed, "batches")),
        });
    }

    /// <summary>Trains it.</summary>
    /// <returns>The negative ELBO of the last epochs, in nats per example: how the mixture weighs its networks.</returns>
    public double Train(Tensor input, Tensor target, CancellationToken cancellationToken)
    {
        var history = _trainer.Fit(input, target, cancellationToken: cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        // One epoch's is one draw of it; at the end, where the learning rate is all but 0, epochs are draws of the same.
        return history.Epochs.TakeLast(Math.Max(1, history.Epochs.Count / LastShare)).Average(epoch => epoch.Loss);
    }

    /// <summary>What it says of rows: the likelihood as it has been learned, and the outputs of all draws, <c>[S, B, …]</c>.</summary>
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
