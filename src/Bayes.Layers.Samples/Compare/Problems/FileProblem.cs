using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Priors;
using Bayes.Layers.Samples.Compare.Methods;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare.Problems;

/// <summary>A CSV file of one's own, standardised with its training rows. No rows of it are unseen.</summary>
internal sealed class FileProblem : ComparisonProblem
{
    private const int LeastTrainingRows = 10;

    // Above this number of products of a row in a pass times rows, HMC takes longer than everything else together.
    private const long MostProducts = 3_000_000;

    // Plain networks train for about so many steps, and variational posteriors for twice as many.
    private const int Steps = 3000;

    // The noise of the standardised target: the first guess, and the least.
    private const double FirstNoise = 0.5;
    private const double LeastNoise = 0.01;
    private const int NoiseRounds = 2;
    private const double ValidationShare = 0.2;

    private readonly long[] _sizes;

    private FileProblem(
        double priorStddev, long[] sizes, Likelihood likelihood, ComparisonSettings settings, string name, string description) : base(priorStddev)
    {
        _sizes = sizes;
        Likelihood = likelihood;
        Settings = settings;
        Name = name;
        Description = description;
    }

    public override string Name { get; }

    public override IReadOnlyDictionary<string, string> LeftOut =>
        TrainInput.shape[0] * (_sizes[0] + _sizes[^1]) * _sizes[1] <= MostProducts ? base.LeftOut : new Dictionary<string, string>
        {
            [ComparisonMethods.Judge] = "HMC is left out unless --methods names it: with so many rows and weights it would take long.",
        };

    public override string Title => Name;

    public override string Description { get; }

    public override string NetworkDescription => DenseNetworks.Describe(_sizes);

    public override Likelihood Likelihood { get; }

    public override ComparisonSettings Settings { get; }

    /// <summary>Reads the file. The noise of a regression is estimated from its training rows, and then known.</summary>
    /// <exception cref="DataFileException">The file cannot be used.</exception>
    public static FileProblem Create(CompareOptions options)
    {
        using var scope = NewDisposeScope();
        var data = TabularData.Read(options.Data!, options.Target!, options.Task!);
        int testRows = TrainTestSplit.TestRows(data.Rows, options.TestFraction), rows = data.Rows - testRows;
        if (rows < LeastTrainingRows)
            throw new DataFileException(
                options.Data!,
                $"leaves {rows} of {data.Rows} rows to train on, where at least {LeastTrainingRows} were expected; "
                + "give more rows or a smaller --test-fraction");
        var split = TrainTestSplit.Of(data.Rows, options.TestFraction, options.SplitSeed);
        var (train, test) = StandardizedRows.Features(data, split);
        double[] trainTargets = [.. split.Train.Select(row => data.Targets[row])], testTargets = [.. split.Test.Select(row => data.Targets[row])];
        bool isRegression = data.Classes.Count == 0;
        var (centre, unit) = isRegression ? StandardizedRows.CentreAndUnit(trainTargets) : (0, 1);
        Tensor target = Targets(trainTargets), testTarget = Targets(testTargets);
        long outputs = data.Classes.Count > 2 ? data.Classes.Count : 1;
        long[] sizes = [train.shape[1], options.Hidden, outputs];
        int batchSize = Math.Min(64, rows), epochs = Math.Max(1, Steps / ((rows + batchSize - 1) / batchSize));
        var settings = new ComparisonSettings
        {
            Epochs = epochs, BatchSize = batchSize, LearningRate = 0.01, VariationalEpochs = 2 * epochs, SghmcEpochs = Math.Max(1, epochs / 4),
        };
        double noise = isRegression ? EstimateNoise(options, settings, sizes, train, target) : 0;
        // The curvature of the density of a target is 1 / noise², so descent is stable up to a rate in proportion to noise².
        if (isRegression)
            settings = settings with
            {
                SwagLearningRate = settings.SwagLearningRate * Math.Min(1, noise * noise),
                SghmcLearningRate = settings.SghmcLearningRate * Math.Min(1, noise * noise),
            };
        string kind = isRegression
            ? FormattableString.Invariant($"a regression with noise of {noise * unit:G3}, estimated on held-out training rows")
            : $"{data.Classes.Count} classes";
        return new FileProblem(
            options.PriorStddev, sizes,
            isRegression ? new GaussianLikelihood(noise) : outputs == 1 ? new BernoulliLikelihood() : new CategoricalLikelihood(), settings,
            Path.GetFileName(options.Data!),
            $"{data.Rows} rows with {data.FeatureNames.Count} features: {rows} train and {testRows} test; {kind}. No rows are unseen.")
        {
            TrainInput = train, TrainTarget = target, TestInput = test, TestTarget = testTarget, TargetUnit = unit, Notes = data.Notes,
        };

        Tensor Targets(double[] values) => data.Classes.Count > 2
            ? tensor(values.Select(value => (long)value).ToArray())
            : tensor(values.Select(value => (float)((value - centre) / unit)).ToArray()).unsqueeze(1);
    }

    protected override nn.Module<Tensor, Tensor> MakeNetwork(double dropout) => DenseNetworks.WithTanh(_sizes, dropout);

    // The error on training rows would be below the noise, because the network has learned them.
    private static double EstimateNoise(CompareOptions options, ComparisonSettings settings, long[] sizes, Tensor train, Tensor target)
    {
        long rows = train.shape[0], held = Math.Max(1, (long)(ValidationShare * rows));
        using Tensor input = train.narrow(0, held, rows - held), y = target.narrow(0, held, rows - held);
        double noise = FirstNoise;
        for (int round = 0; round < NoiseRounds; round++)
        {
            using var scope = NewDisposeScope();
            random.manual_seed(SeedStreams.For(options.Seed, "noise"));
            using var network = DenseNetworks.WithTanh(sizes, dropout: 0);
            MapTraining.Fit(
                network, input, y, new GaussianLikelihood(noise),
                MapTraining.Options(
                    new NormalPrior(0, options.PriorStddev), settings.With(options), SeedStreams.For(options.Seed, "noise, shuffling")));
            using var noGrad = no_grad();
            noise = Math.Max(LeastNoise, RootMeanSquaredError.Of(network.call(train.narrow(0, 0, held)), target.narrow(0, 0, held)));
        }
        return noise;
    }
}
