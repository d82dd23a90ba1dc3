using Bayes.Layers.Conversion;
using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using CsCheck;

namespace Bayes.Layers.Tests.Properties;

/// <summary>Any arguments of a constructor give a working object or are refused in one line.</summary>
public sealed class ConstructorProperties : TorchTest
{
    private static readonly Gen<double[]> Numbers = Settings.Number.Array[4];
    private static readonly Gen<long[]> Sizes = Settings.Size.Array[7];

    [Fact]
    public void Any_sizes_make_a_layer_or_are_refused() => Cases.All(
        70, 1_500, Gen.Select(Gen.Int[0, 12], Sizes, Settings.Device, Settings.Type), each =>
        {
            var (kind, n, device, type) = each;
            Make(() => kind switch
            {
                0 => new BayesianLinear(n[0], n[1], device: device, dtype: type),
                1 => new BayesianConv1d(n[0], n[1], n[2], n[3], n[4], n[5], n[6], device: device, dtype: type),
                2 => new BayesianConv2d(n[0], n[1], (n[2], n[3]), (n[4], n[5]), (n[6], n[2]), (n[1], n[0]), device: device, dtype: type),
                3 => new BayesianConv3d(n[0], n[1], (n[2], n[3], n[0]), groups: n[6], device: device, dtype: type),
                4 => new BayesianConvTranspose2d(n[0], n[1], n[2], n[3], n[4], n[5], n[6], device: device, dtype: type),
                5 => new BayesianEmbedding(n[0], n[1], device: device, dtype: type, paddingIndex: n[2] > 1 ? n[3] : null),
                8 => new BayesianConvTranspose1d(n[0], n[1], n[2], n[3], n[4], n[5], n[6], device: device, dtype: type),
                9 => new BayesianConvTranspose3d(n[0], n[1], (n[2], n[3], n[0]), (n[4], n[5], n[1]), outputPadding: (n[6], n[0], n[3]),
                    device: device, dtype: type),
                6 => new BayesianLSTM(n[0], n[1], unchecked((int)n[2]), bidirectional: n[3] > 2, device: device, dtype: type),
                10 => new BayesianMultiheadAttention(n[0], n[1], keySize: n[2], valueSize: n[3], device: device, dtype: type),
                11 => new BayesianTransformerEncoderLayer(n[0], n[1], n[2], normFirst: n[3] > 2, device: device, dtype: type),
                12 => new BayesianPositionalEmbedding(n[0], n[1], device: device, dtype: type),
                _ => new BayesianGRU(n[0], n[1], unchecked((int)n[2]), hasBias: n[3] > 2, device: device, dtype: type),
            });
        }, each => $"{each.Item1}: {string.Join(", ", each.Item2)}, {each.Item3}, {each.Item4}");

    [Fact]
    public void Any_settings_make_a_prior_that_has_a_divergence_or_are_refused() =>
        Cases.All(71, 1_000, Gen.Select(Gen.Int[0, 7], Numbers, Settings.Type), each =>
    {
        var (kind, x, type) = each;
        Make(() => new BayesianLinear(2, 1, dtype: type, prior: kind switch
        {
            0 => new NormalPrior(x[0], x[1]),
            1 => new LaplacePrior(x[0], x[1]),
            2 => new ScaleMixturePrior(x[0], x[1], x[2]),
            3 => new StudentTPrior(x[0], x[1]),
            4 => new HorseshoePrior(x[0], x[1] < 0.5 ? null : (int)Math.Clamp(x[2], -1, 2)),
            5 => new LearnedScalePrior(x[0], x[1], x[2]),
            6 => new LearnedScalePrior(x[0]),
            _ => NormalPrior.PerWeight(tensor(x[..2], [1, 2]), tensor(x[2..], [1, 2])),
        }, biasPrior: NormalPrior.Standard));
    }, Print);

    [Fact]
    public void Any_settings_make_a_posterior_or_are_refused() => Cases.All(72, 500, Gen.Select(Gen.Int[0, 2], Numbers, Settings.Type), each =>
    {
        var (kind, x, type) = each;
        Make(() => new BayesianLinear(2, 1, dtype: type, initializer: kind switch
        {
            0 => new NormalInitializer(x[0], x[1], x[2]),
            1 => new FanInInitializer(x[0], x[1]),
            _ => new NormalInitializer(x[0]),
        }));
    }, Print);

    [Fact]
    public void Any_settings_make_a_likelihood_or_are_refused() =>
        Cases.All(73, 1_000, Gen.Select(Gen.Int[0, 6], Numbers, Settings.Size, Settings.Device, Settings.Type), each =>
    {
        var (kind, x, outputs, device, type) = each;
        using Tensor output = zeros(3, 1), target = ones(3, 1);
        long before = LiveTensors();
        Promise.Keeps(() =>
        {
            using var loss = kind switch
            {
                0 => new ElboLoss(new GaussianLikelihood(x[0]), 3, x[1]),
                1 => new ElboLoss(new GaussianLikelihood(x), 3),
                2 => new ElboLoss(GaussianLikelihood.Learned(x[0], outputs, x[1], x[2], device, type), 3),
                3 => new ElboLoss(GaussianLikelihood.Learned(x[0], outputs, device: device, dtype: type), outputs),
                4 => new ElboLoss(new StudentTLikelihood(x[0], x[1]), 3),
                5 => new ElboLoss(StudentTLikelihood.Learned(x[0], x[1], outputs, x[2], x[3], device, type), 3),
                _ => ElboLoss.Gaussian(outputs, x[0], x[1], device, type),
            };
            loss.Likelihood.ToString().Should().NotBeEmpty();
            Promise.Keeps(() => loss.Likelihood.LogProbability(output, target).Dispose());
            Promise.Keeps(() => loss.Likelihood.Frozen().Variance(output).Dispose());
        });
        LeftNothing(before);
    }, each => $"{each.Item1}: {string.Join(", ", each.Item2)}, {each.Item3}, {each.Item4}, {each.Item5}");

    [Fact]
    public void Any_settings_make_a_schedule_whose_factors_are_sound_or_are_refused() =>
        Cases.All(74, 1_000, Gen.Select(Gen.Int[0, 4], Numbers, Settings.Count, Settings.Size), each =>
    {
        var (kind, x, count, steps) = each;
        Promise.Keeps(() =>
        {
            KlSchedule schedule = kind switch
            {
                0 => new ConstantKl(x[0]),
                1 => new CyclicalKl(count, x[0]),
                2 => LinearWarmUpKl.OverEpochs(x[0], x[1]),
                3 => LinearWarmUpKl.OverSteps(steps, x[0]),
                _ => new MinibatchKl(),
            };
            foreach (var position in new TrainingPosition[] { new(0, 0, 1, 1), new(0, 1, 3, 2), new(1, 2, 3, 2), new(0, 0, long.MaxValue / 4, 2),
                new(0, 5_000, 10_000, 1) })
                if (!(schedule.Factor(position) is >= 0 and < double.PositiveInfinity))
                    throw new BrokenPromiseException($"{schedule} has the factor {schedule.Factor(position)} at {position}");
        });
    });

    [Fact]
    public void Any_options_are_accepted_or_refused() =>
        Cases.All(75, 1_000, Gen.Select(Numbers, Settings.Count.Array[6], Settings.Size, Settings.Device), each =>
    {
        var (x, n, size, device) = each;
        Func<object>[] all =
        [
            () => new VariationalTrainerOptions { Epochs = n[0] },
            () => new VariationalTrainerOptions { BatchSize = n[0] },
            () => new VariationalTrainerOptions { LearningRate = x[0] },
            () => new VariationalTrainerOptions { Samples = n[0] },
            () => new VariationalTrainerOptions { MaximumGradientNorm = x[0] },
            () => new VariationalTrainerOptions { Patience = n[0], MinimumImprovement = x[1] },
            () => new VariationalTrainerOptions { ValidationSamples = n[0], EpochsBetweenValidations = n[1], MaximumRefusedInARow = n[2] },
            () => new Moped(x[0], x[1]),
            () => new CollapseThresholds { PriorKlPerWeight = x[0], PriorStddevTolerance = x[1], PointStddevRatio = x[2], PointSignalToNoise = x[3] },
            () => MemoryBudget.FromMebibytes(size),
            () => MemoryBudget.FromFreeMemory(x[0]),
            () => new Reparameterization(n[0]),
            () => new LocalReparameterization(n[0], antithetic: true),
            () => new Flipout(n[0]),
            () => new PosteriorDraws(size, n[0], n[1]),
            () => new MonteCarloDropout(x[0], n[0]),
            () => new BernoulliLikelihood((BernoulliOutput)n[0]),
        ];
        foreach (var make in all)
            Promise.Keeps(() => (make() as IDisposable)?.Dispose());
        using var layer = new BayesianLinear(1, 1);
        Promise.Keeps(() => _ = new MonteCarloPredictive(layer, new GaussianLikelihood(1), n[0], size, tolerance: x[0]));
        Promise.Keeps(() => _ = new ElboLoss(new GaussianLikelihood(1), size, x[0]));
    });

    // A layer that was made must compute.
    private static void Make(Func<BayesianModule> make)
    {
        long before = LiveTensors();
        Promise.Keeps(() =>
        {
            using var scope = NewDisposeScope();
            using var module = make();
            module.ToString().Should().NotBeEmpty();
            Promise.Keeps(() =>
            {
                if (module.KlDivergence().isnan().item<bool>())
                    throw new BrokenPromiseException("a divergence that is NaN");
            });
            if (module is BayesianLinear { InputSize: 2 } linear)
                Promise.Keeps(() => linear.Sample(ones([3, 2], linear.weight_mu.dtype), 2));
        });
        LeftNothing(before);
    }

    private static void LeftNothing(long before)
    {
        long left = LiveTensors() - before;
        if (left != 0)
            throw new BrokenPromiseException($"{left} tensors left behind");
    }

    private static string Print((int Kind, double[] Numbers, ScalarType? Type) each) =>
        $"{each.Kind}: {string.Join(", ", each.Numbers)}, {each.Type}";
}
