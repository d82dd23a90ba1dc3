using Bayes.Layers.Likelihoods;
using Bayes.Layers.Reports.Figures;
using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Samples.Support.Findings;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare.Problems;

/// <summary>The plane of the breast-cancer experiment: two features, with its split into halves.</summary>
internal sealed class PlaneProblem : ComparisonProblem
{
    private const int UnseenPoints = 500;
    private const int Side = 81;

    // The unseen lie within this many standard deviations of the centre, in each feature.
    private const double Reach = 8;

    // Distance from the nearest training row, in standard deviations.
    private const double Apart = 2;

    private static readonly long[] Sizes = [2, 10, 10, 1];

    private readonly IReadOnlyList<PlanePoint> _points;

    private PlaneProblem(double priorStddev, IReadOnlyList<PlanePoint> points) : base(priorStddev) => _points = points;

    public override string Name => "breast-cancer";

    public override string Title => "breast cancer, two features";

    public override string Description =>
        $"Mean radius and mean texture of {_points.Count} tumours, standardised; one half trains, the other tests. The unseen are {UnseenPoints} "
        + FormattableString.Invariant($"points drawn uniformly from ±{Reach} standard deviations that lie at least {Apart} away from every ")
        + "training row.";

    public override string NetworkDescription => DenseNetworks.Describe(Sizes);

    public override Likelihood Likelihood { get; } = new BernoulliLikelihood();

    public override ComparisonSettings Settings { get; } = new()
    {
        Epochs = 300, BatchSize = 64, LearningRate = 0.01, VariationalEpochs = 600, SwagLearningRate = 0.1, SghmcLearningRate = 0.05,
        Chains = 2, ChainDraws = 250,
    };

    public override string Attribution => BreastCancerAttribution.Text;

    /// <summary>Reads the data.</summary>
    public static PlaneProblem Create(CompareOptions options)
    {
        using var scope = NewDisposeScope();
        var data = BreastCancerData.Read();
        var split = TrainTestSplit.Half(data.Rows, options.SplitSeed);
        double[,] features = data.Features(), train = data.Features(split.Train);
        double[] targets = data.Targets();
        var random = new Random(unchecked((int)SeedStreams.For(options.Seed, "unseen points")));
        return new PlaneProblem(
            options.PriorStddev,
            [.. Enumerable.Range(0, data.Rows).Select(row => new PlanePoint(features[row, 0], features[row, 1], (int)targets[row]))])
        {
            TrainInput = tensor(train, float32),
            TrainTarget = tensor(data.Targets(split.Train), float32).unsqueeze(1),
            TestInput = tensor(data.Features(split.Test), float32),
            TestTarget = tensor(data.Targets(split.Test), float32).unsqueeze(1),
            UnseenInput = tensor(Unseen(random, train), float32),
        };
    }

    public override IReadOnlyList<FigureFile> Figures(IReadOnlyList<MethodResult> results)
    {
        using var scope = NewDisposeScope();
        var grid = new PlaneGrid(
            _points.Min(point => point.X) - 1, _points.Max(point => point.X) + 1,
            _points.Min(point => point.Y) - 1, _points.Max(point => point.Y) + 1,
            Side, Side);
        var input = UncertaintyMaps.Points(grid, CPU);
        var maps = results.Select(result =>
        {
            using var prediction = result.Trained.Predict(input);
            return new MapPanel(
                result.Method.Title, UncertaintyMaps.Map(grid, prediction.MutualInformation), UncertaintyMaps.Map(grid, prediction.Mean));
        }).ToArray();
        return
        [
            new FigureFile(
                "epistemic_maps.png",
                MapPanelsFigure.Draw(
                    grid, maps, _points, new AxisNames("mean radius (standardised)", "mean texture (standardised)"), "epistemic uncertainty (nats)",
                    "Epistemic uncertainty of all methods"),
                "How much each method's functions disagree, as the mutual information of class and function, all on one colour scale, and the "
                + "line at "
                + $"which both classes are equally probable. The dots are all {_points.Count} cases, of both halves.",
                $"Maps over mean radius and mean texture, one for each of {results.Count} methods, with the decision boundary and all cases."),
        ];
    }

    protected override nn.Module<Tensor, Tensor> MakeNetwork(double dropout) => DenseNetworks.WithTanh(Sizes, dropout);

    private static double[,] Unseen(Random random, double[,] train)
    {
        var unseen = new double[UnseenPoints, 2];
        for (int found = 0; found < UnseenPoints;)
        {
            double x = Reach * (2 * random.NextDouble() - 1), y = Reach * (2 * random.NextDouble() - 1);
            bool isApart = Enumerable.Range(0, train.GetLength(0))
                .All(row => Math.Pow(x - train[row, 0], 2) + Math.Pow(y - train[row, 1], 2) >= Apart * Apart);
            if (!isApart)
                continue;
            (unseen[found, 0], unseen[found, 1]) = (x, y);
            found++;
        }
        return unseen;
    }
}
