using Bayes.Layers.Ensembles;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>Trains the networks of an ensemble, several at a time, and weighs them.</summary>
internal sealed class MemberTraining(TabularRecipe recipe, TabularOptions options, IProgress<TabularProgress>? progress)
{
    // The share of training during which the weight of the KL divergence rises to 1.
    private const double WarmUpShare = 0.6;

    // The last twentieth of the epochs estimates the ELBO.
    private const int LastShare = 20;

    // A network weighs e times as much if its ELBO is higher by this many nats per row: the ELBO is a bound, and not more exact than that.
    private const double Temperature = 0.05;

    // A network with less is left out.
    private const double LeastWeight = 0.01;

    private readonly Lock _reporting = new();
    private readonly TabularRecipe _recipe = recipe;
    private readonly IProgress<TabularProgress>? _progress = progress;
    private double _done;

    /// <summary>Trains networks.</summary>
    /// <param name="input">Standardised features, <c>[N, F]</c>.</param>
    /// <param name="target">Targets, as the likelihoods of the heads take them.</param>
    /// <param name="weights">A weight for each row, <c>[N]</c>, or null.</param>
    /// <param name="cancellationToken">Ends the training.</param>
    /// <returns>The networks that are kept, with their weights, which the caller disposes; and what became of all.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public (IReadOnlyList<BayesianSequential> Networks, double[] Weights, IReadOnlyList<MemberSummary> Summaries) Train(
        Tensor input, Tensor target, Tensor? weights, CancellationToken cancellationToken)
    {
        int rows = (int)input.shape[0], features = (int)input.shape[1];
        var results = new (TrainingHistory History, Likelihood Likelihood)[_recipe.Members.Count];
        var expansions = new Linear?[_recipe.Members.Count];
        IReadOnlyList<BayesianSequential> trained;
        try
        {
            trained = EnsembleTraining.Train(
                _recipe.Members.Count, options.Seed, Create,
                (network, member) => results[member.Index] = Fit(network, member, input, target, weights),
                new EnsembleTrainingOptions { MembersAtATime = options.MembersAtATime }, cancellationToken);
        }
        catch
        {
            foreach (var expansion in expansions)
                expansion?.Dispose();
            throw;
        }
        double[] losses = [.. results.Select(result => LastLoss(result.History))];
        double[] shares = Weigh(losses);
        var kept = new List<BayesianSequential>();
        foreach (var (index, network) in trained.Index())
            if (shares[index] > 0)
                kept.Add(MemberNetwork.Finish(network, expansions[index], _recipe.Members[index].Head, results[index].Likelihood));
            else
            {
                network.Dispose();
                expansions[index]?.Dispose();
            }
        return (kept, [.. shares.Where(share => share > 0)], [.. _recipe.Members.Select((member, index) => new MemberSummary(
            member.ToString(), _recipe.Hidden, losses[index], shares[index], results[index].History.Steps))]);

        // All that draws from torch's generator is made here, where it is the member's own.
        BayesianSequential Create(EnsembleMember member)
        {
            var recipe = _recipe.Members[member.Index];
            expansions[member.Index] = MemberNetwork.CreateExpansion(recipe.Head);
            return MemberNetwork.Create(recipe, features, _recipe.Hidden);
        }
    }

    // An epoch's loss is one draw of the negative ELBO. At the end the learning rate is almost 0, so the last epochs draw the same one.
    private static double LastLoss(TrainingHistory history) =>
        history.Epochs.TakeLast(Math.Max(1, history.Epochs.Count / LastShare)).Average(epoch => epoch.Loss);

    private static double[] Weigh(double[] losses)
    {
        double least = losses.Min();
        double[] shares = Normalized(losses.Select(loss => Math.Exp((least - loss) / Temperature)));
        return Normalized(shares.Select(share => share >= LeastWeight ? share : 0));
    }

    private static double[] Normalized(IEnumerable<double> values)
    {
        double[] all = [.. values];
        double sum = all.Sum();
        return [.. all.Select(value => value / sum)];
    }

    private (TrainingHistory History, Likelihood Likelihood) Fit(
        BayesianSequential network, EnsembleMember member, Tensor input, Tensor target, Tensor? weights)
    {
        int rows = (int)input.shape[0], epochs = _recipe.EpochsFor(rows);
        using var loss = new ElboLoss(_recipe.Members[member.Index].Head.CreateLikelihood(), rows);
        var trainer = new VariationalTrainer(network, loss, new VariationalTrainerOptions
        {
            Epochs = epochs,
            BatchSize = _recipe.BatchSize,
            LearningRate = _recipe.LearningRate,
            CreateOptimizer = (parameters, learningRate) => optim.Adam(parameters, lr: learningRate, beta1: 0.9, beta2: 0.999),
            CreateScheduler = optimizer => optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs),
            Estimator = new LocalReparameterization(1, member.Noise),
            KlSchedule = LinearWarmUpKl.OverEpochs(Math.Max(1, WarmUpShare * epochs)),
            ShuffleSeed = member.ShuffleSeed,
        });
        var reports = _progress is null ? null : new EpochReports(this, member.Index);
        var history = trainer.Fit(input, target, progress: reports, cancellationToken: member.CancellationToken, weights: weights);
        member.CancellationToken.ThrowIfCancellationRequested();
        return (history, loss.Likelihood.Frozen());
    }

    // Reports of several threads, one after the other.
    private sealed class EpochReports(MemberTraining training, int member) : IProgress<TrainingProgress>
    {
        private double _own;

        public void Report(TrainingProgress value)
        {
            lock (training._reporting)
            {
                int members = training._recipe.Members.Count;
                training._done += (value.Fraction - _own) / members;
                _own = value.Fraction;
                training._progress!.Report(new TabularProgress(member, members, Math.Min(1, training._done), value.Epoch.Loss));
            }
        }
    }
}
