using Bayes.Layers.Conversion;
using Bayes.Layers.Ensembles;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Soak;

/// <summary>Models that together contain every layer, prior, likelihood, estimator and method of inference of the library.</summary>
internal static class SoakCases
{
    public const int Rows = 24;

    public static IReadOnlyList<SoakCase> All { get; } =
    [
        new TrainedCase("the experiment's network",
            () => new BayesianSequential(new BayesianLinear(2, 5), Tanh(), new BayesianLinear(5, 5), Tanh(), new BayesianLinear(5, 1)),
            () => ElboLoss.Bernoulli(Rows), () => randn(Rows, 2), Coins),
        new TrainedCase("a wide network with two outputs, local reparameterization",
            () => new BayesianSequential(new BayesianLinear(40, 80), LayerNorm(80), ReLU(), new MonteCarloDropout(0.1), new BayesianLinear(80, 3)),
            () => new ElboLoss(
                new JointLikelihood(new OutputPart(new CategoricalLikelihood(), 2), new OutputPart(GaussianLikelihood.Learned(), 1)), Rows),
            () => randn(Rows, 40), () => JointLikelihood.JoinTargets(randint(0, 2, [Rows], int64), randn(Rows, 1)))
            { Estimator = new LocalReparameterization() },
        new TrainedCase("images, Flipout",
            () => new BayesianSequential(new BayesianConv2d(1, 4, 3, padding: 1), ReLU(), MaxPool2d(2),
                new BayesianConvTranspose2d(4, 2, 2, stride: 2), Flatten(), new BayesianLinear(2 * 8 * 8, 3)),
            () => ElboLoss.Categorical(Rows), () => randn(Rows, 1, 8, 8), () => randint(0, 3, [Rows], int64)) { Estimator = new Flipout() },
        new TrainedCase("volumes, Poisson",
            () => new BayesianSequential(
                new BayesianConv3d(1, 2, 2), ReLU(), new BayesianConvTranspose3d(2, 1, 2), ReLU(), Flatten(), new BayesianLinear(64, 1)),
            () => new ElboLoss(new PoissonLikelihood(), Rows), () => randn([Rows, 1, 4, 4, 4]), () => randint(0, 5, [Rows, 1], float32)),
        new TrainedCase("sequences, learned noise",
            () => new BayesianSequential(new BayesianConv1d(2, 4, 3, padding: 1), ReLU(), Flatten(), new BayesianLinear(4 * 6, 2)),
            () => new ElboLoss(GaussianLikelihood.Learned(0.5, outputs: 2), Rows), () => randn(Rows, 2, 6), () => randn(Rows, 2)),
        new TrainedCase("sequences, counts with a learned dispersion",
            () => new BayesianSequential(new BayesianConvTranspose1d(2, 3, 3, padding: 1), ReLU(), Flatten(), new BayesianLinear(3 * 6, 1)),
            () => new ElboLoss(NegativeBinomialLikelihood.Learned(), Rows), () => randn(Rows, 2, 6), () => randint(0, 5, [Rows, 1], float32)),
        new TrainedCase("words, recurrent and attending",
            () => new BayesianSequential(new BayesianEmbedding(20, 4), new BayesianPositionalEmbedding(7, 4),
                new BayesianLSTM(4, 5, bidirectional: true), new BayesianTransformerEncoderLayer(10, 2, 8), new BayesianMultiheadAttention(10, 2),
                new BayesianGRU(10, 4, returnsSequence: false), new BayesianLinear(4, 2)),
            () => ElboLoss.Categorical(Rows), () => randint(0, 20, [Rows, 7], int64), () => randint(0, 2, [Rows], int64)),
        new TrainedCase("every prior, noise that depends on the input",
            () => new BayesianSequential(
                new BayesianLinear(3, 6, prior: new ScaleMixturePrior(), biasPrior: new StudentTPrior()), Tanh(),
                new BayesianLinear(6, 6, prior: new LaplacePrior(), biasPrior: new LearnedScalePrior()), Tanh(),
                new BayesianResidual(
                    new BayesianLinear(6, 6, prior: new HorseshoePrior(axis: 1), biasPrior: new NormalPrior(0.1, 2)), Tanh()),
                new BayesianLinear(6, 2, prior: NormalPrior.PerWeight(zeros(2, 6), ones(2, 6)), biasPrior: new NormalPrior())),
            () => new ElboLoss(new HeteroscedasticGaussianLikelihood(), Rows), () => randn(Rows, 3), () => randn(Rows, 1)),
        new TrainedCase("a mixture of normals, local reparameterization in managed code",
            () => new BayesianSequential(new BayesianLinear(3, 6), Tanh(), new BayesianLinear(6, 6)),
            () => new ElboLoss(new GaussianMixtureLikelihood(2, minimumStddev: 0.01), Rows), () => randn(Rows, 3),
            () => randn(Rows, 1)) { Estimator = new LocalReparameterization() },
        new TrainedCase("weights that depend on each other, local reparameterization",
            () => new BayesianSequential(
                new BayesianLinear(3, 6, prior: new LaplacePrior(), initializer: OfRankTwo), Tanh(),
                new BayesianLinear(6, 1, initializer: OfRankTwo)),
            () => new ElboLoss(new GaussianLikelihood(0.5), Rows), () => randn(Rows, 3),
            () => randn(Rows, 1)) { Estimator = new LocalReparameterization() },
        new TrainedCase("a variational last layer, noise that depends on the input",
            () => new BayesianSequential(
                Linear(3, 6), Tanh(), new BayesianLinear(6, 2, initializer: new FanInInitializer(gain: 1) { Family = new RowFamily() })),
            () => ElboLoss.HeteroscedasticGaussian(Rows), () => randn(Rows, 3), () => randn(Rows, 1))
            { Estimator = VariationalLastLayer.Instance },
        new TrainedCase("means and variances in place of draws",
            () => new BayesianSequential(new BayesianLinear(3, 6), SiLU(), new BayesianResidual(new BayesianLinear(6, 6), ReLU()),
                new BayesianLinear(6, 1)),
            () => ElboLoss.Gaussian(Rows), () => randn(Rows, 3), () => randn(Rows, 1)) { Estimator = MomentPropagation.Instance },
        new TrainedCase("a converted network in double precision, Student-t noise, antithetic pairs",
            Converted,
            () => new ElboLoss(StudentTLikelihood.Learned(4, 0.5), Rows), () => randn([Rows, 3], float64), () => randn([Rows, 1], float64))
            { Estimator = new Reparameterization(2, antithetic: true) },
        new TrainedCase("a network with a forward of its own",
            () => new ResidualNetwork().ToBayesian(new BayesianConversion { Initializer = OfRankTwo }),
            () => new ElboLoss(new GaussianLikelihood(0.5), Rows), () => randn(Rows, 3), () => randn(Rows, 2)),
        new TrainedCase("a recurrent network of native code, antithetic pairs",
            () => new SequenceNetwork().ToBayesian(), () => ElboLoss.Bernoulli(Rows), () => randn(Rows, 6, 2), Coins)
            { Estimator = new Reparameterization(2, antithetic: true) },
        new TrainedCase("members that share weights",
            SharingMembers, () => new ElboLoss(new GaussianLikelihood(0.5), Rows),
            () => randn(Rows, 3), () => randn(Rows, 1)),
        .. SoakMethods.All,
    ];

    private static FanInInitializer OfRankTwo => new(gain: 1) { Family = new LowRankFamily(rank: 2) };

    private static BayesianModule Converted()
    {
        // The converted network keeps the plain network's other modules.
        using Module<Tensor, Tensor> first = Linear(3, 8, dtype: float64), last = Linear(8, 1, dtype: float64);
        return Sequential(first, Tanh(), last).ToBayesian(new BayesianConversion { Moped = new Moped(0.1) });
    }

    private static BayesianModule SharingMembers()
    {
        using Module<Tensor, Tensor> first = Linear(3, 8), last = Linear(8, 1);
        return Sequential(first, Tanh(), last).ToBatchEnsemble(3);
    }

    private static Tensor Coins() => randint(0, 2, [Rows, 1], float32);
}
