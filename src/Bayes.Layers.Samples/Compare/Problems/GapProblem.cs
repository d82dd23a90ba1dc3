using Bayes.Layers.Likelihoods;
using Bayes.Layers.Samples.Regression;
using Bayes.Layers.Samples.Support.Figures;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare.Problems;

/// <summary>
/// A regression of one input with two clusters of data and a gap between them, where mean-field posteriors are known to be too sure (Foong, Li,
/// Hernández-Lobato &amp; Turner 2019, "'In-Between' Uncertainty in Bayesian Neural Networks"). The noise is the same everywhere, and known.
/// </summary>
internal sealed class GapProblem : ComparisonProblem
{
    private const int TrainPoints = 100;
    private const int TestPoints = 1000;
    private const double NoiseStddev = 0.1;

    // The data lie from -End to -GapEnd and from GapEnd to End.
    private const double End = 3;
    private const double GapEnd = 1.2;
    private const int Places = 301;

    // How far the figure extends beyond the data at either end.
    private const double Beyond = 0.5;

    private static readonly long[] Sizes = [1, 50, 1];

    private readonly IReadOnlyList<(double X, double Y)> _points;

    private GapProblem(double priorStddev, IReadOnlyList<(double X, double Y)> points) : base(priorStddev) => _points = points;

    public override string Name => "gap";

    public override string Title => "a regression with a gap";

    public override string Description => FormattableString.Invariant(
        $"{TrainPoints} simulated points of sin 2x + 0.3x with noise of standard deviation {NoiseStddev}, from {-End} to {-GapEnd} and from ")
        + FormattableString.Invariant($"{GapEnd} to {End}. Methods are tested on {TestPoints:N0} other points there and on {TestPoints:N0} in the ")
        + "gap, which are also the unseen.";

    public override string NetworkDescription => DenseNetworks.Describe(Sizes);

    public override Likelihood Likelihood { get; } = new GaussianLikelihood(NoiseStddev);

    public override ComparisonSettings Settings { get; } = new()
    {
        Epochs = 2000, BatchSize = 100, LearningRate = 0.01, VariationalEpochs = 3000, SwagLearningRate = 3e-4, SwagEpochsBetween = 5,
        SghmcLearningRate = 5e-4, SghmcEpochs = 2000, Chains = 2, ChainDraws = 250,
    };

    /// <summary>Simulates the data of a seed.</summary>
    public static GapProblem Create(CompareOptions options)
    {
        using var scope = NewDisposeScope();
        var train = Points("training points", TrainPoints, BesideGap);
        var test = Points("test points", TestPoints, BesideGap);
        var gap = Points("points in the gap", TestPoints, share => (2 * share - 1) * GapEnd);
        return new GapProblem(options.PriorStddev, [.. train.Select(point => (point.X, point.Y))])
        {
            TrainInput = X(train), TrainTarget = Y(train), TestInput = X(test), TestTarget = Y(test), Gap = (X(gap), Y(gap)), UnseenInput = X(gap),
        };

        // Each has its own generator, so that more points to train on do not change the points to test on.
        SimulatedPoint[] Points(string purpose, int count, Func<double, double> place) =>
            SimulatedProcess.Draw(new Random(unchecked((int)SeedStreams.For(options.Seed, purpose))), count, _ => NoiseStddev, place);

        static double BesideGap(double share) => share < 0.5 ? -End + 2 * share * (End - GapEnd) : GapEnd + (2 * share - 1) * (End - GapEnd);

        static Tensor X(SimulatedPoint[] points) => RegressionData.Column(points.Select(point => point.X), CPU);

        static Tensor Y(SimulatedPoint[] points) => RegressionData.Column(points.Select(point => point.Y), CPU);
    }

    public override IReadOnlyList<FigureFile> Figures(IReadOnlyList<MethodResult> results)
    {
        using var scope = NewDisposeScope();
        double low = -End - Beyond, high = End + Beyond;
        double[] x = [.. Enumerable.Range(0, Places).Select(index => low + (high - low) * index / (Places - 1))];
        var input = RegressionData.Column(x, CPU);
        return
        [
            new FigureFile(
                "bands.png",
                BandPanelsFigure.Draw(
                    [.. results.Select(result =>
                    {
                        using var prediction = result.Trained.Predict(input);
                        return (result.Method.Title, new PredictiveBands(
                            x, Numbers.Of(prediction.Mean), Numbers.Of(prediction.AleatoricStddev), Numbers.Of(prediction.TotalStddev), []));
                    })],
                    SimulatedProcess.Mean, _points, (-GapEnd, GapEnd), "Predictive bands of all methods"),
                "The predictive mean, the known noise and the total uncertainty of each method, all on one scale. Intervals should open in the gap.",
                $"Panels of predictive bands over x, one for each of {results.Count} methods, with the data on both sides of the gap."),
        ];
    }

    protected override nn.Module<Tensor, Tensor> MakeNetwork(double dropout) => DenseNetworks.WithTanh(Sizes, dropout);
}
