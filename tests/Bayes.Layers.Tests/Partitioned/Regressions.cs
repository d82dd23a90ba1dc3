using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Partitioned;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Oracles;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Partitioned;

/// <summary>Linear regressions of three columns and a bias with known noise, whose local training has no randomness.</summary>
internal static class Regressions
{
    public const double Noise = 0.6, PriorMean = 0.3, PriorStddev = 0.8;

    public static GaussianLikelihood Likelihood { get; } = new(Noise);

    /// <summary>Steps over all rows, by the signs of gradients, with draws whose mean is exact.</summary>
    public static PartitionWorkerOptions Exact(int steps = 100) => new()
    {
        Training = new VariationalTrainerOptions
        {
            Epochs = steps,
            BatchSize = 1000,
            KlSchedule = new ConstantKl(),
            CreateOptimizer = (parameters, _) => optim.Rprop(parameters, lr: 0.05, min_step: 1e-12, max_step: 0.5),
        },
        CreateEstimator = _ => new LocalReparameterization(2, new PlusMinusOne()),
        EvaluationSamples = 2,
    };

    public static BayesianLinear Layer(Prior? prior = null, PosteriorInitializer? initializer = null) =>
        new(3, 1, prior: prior ?? new NormalPrior(PriorMean, PriorStddev), initializer: initializer ?? new NormalInitializer(0.1, -2, 0),
            dtype: float64);

    /// <summary>Computes the exact posterior: its mean and its precision matrix, the bias last.</summary>
    public static (Tensor Mean, Tensor Precision) Exactly(Tensor input, Tensor target)
    {
        var design = cat([input, ones(input.shape[0], 1, dtype: float64)], 1);
        var precision = eye(4, dtype: float64) / (PriorStddev * PriorStddev) + design.T.mm(design) / (Noise * Noise);
        var mean = precision.inverse().mm(design.T.mm(target) / (Noise * Noise) + PriorMean / (PriorStddev * PriorStddev)).flatten();
        return (mean, precision);
    }

    public static Partition[] Cut(Tensor input, Tensor target, params long[] rows)
    {
        long start = 0;
        var parts = new List<Partition>();
        foreach (long count in rows)
        {
            parts.Add(new Partition($"part {parts.Count + 1}", input.narrow(0, start, count), target.narrow(0, start, count)));
            start += count;
        }
        return [.. parts];
    }
}
