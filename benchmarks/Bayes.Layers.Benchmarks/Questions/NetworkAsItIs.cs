using Bayes.Layers.Benchmarks.HandWritten;
using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;
using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Questions;

/// <summary>
/// How much longer than the plain network's own pass or step does a network with a forward of its own take when it is Bayesian? 32 images of 3 × 64 ×
/// 64 and a ResNet-18.
/// </summary>
public class NetworkAsItIs
{
    private const int Draws = 16, DrawsOfLastLayer = 100;
    private const long Rows = 32;

    private Action _plain = null!;
    private Action _bayesian = null!;

    [Params("16 draws", "100 draws of the last layer, 10 classes", "100 draws of the last layer, 1000 classes", "a training step")]
    public string Work { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        random.manual_seed(8);
        bool isStep = Work == "a training step", isLast = Work.Contains("last");
        long classes = Work.Contains("10 classes") ? 10 : 1000;
        ResNet18 network = new(classes), plain = new(classes);
        var model = network.ToBayesian(new BayesianConversion { LastLayerOnly = isLast });
        Tensor images = rand(Rows, 3, 64, 64), labels = randint(0, classes, [Rows], int64);
        if (isStep)
        {
            var adam = optim.Adam(plain.parameters());
            _plain = () =>
            {
                adam.zero_grad();
                nn.functional.cross_entropy(plain.call(images), labels).backward();
                adam.step();
            };
            var step = new VariationalStep(model, ElboLoss.Categorical(1000), parameters => optim.Adam(parameters), new Reparameterization());
            _bayesian = () => step.Run(images, labels);
            return;
        }
        plain.eval();
        int passes = isLast ? 1 : Draws;
        _plain = () =>
        {
            using var noGrad = no_grad();
            for (int i = 0; i < passes; i++)
                plain.call(images).Dispose();
        };
        var predictive = new MonteCarloPredictive(model, new CategoricalLikelihood(), isLast ? DrawsOfLastLayer : Draws, seed: 1);
        _bayesian = () => predictive.Predict(images);
    }

    [Benchmark(Baseline = true)]
    public void PlainNetwork() => Run(_plain);

    [Benchmark]
    public void Bayesian() => Run(_bayesian);

    private static void Run(Action action)
    {
        using var scope = NewDisposeScope();
        action();
    }
}
