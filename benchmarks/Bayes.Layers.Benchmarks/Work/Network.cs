using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>A timed network, in this library and for the PyTorch script.</summary>
internal sealed class Network
{
    private const long Symbols = 100_000;

    private readonly Outcome _outcome;
    private readonly Func<long, Device, Tensor> _input;
    private readonly Func<Device, IEnumerable<Module<Tensor, Tensor>>> _create;

    private Network(
        string name, Outcome outcome, Func<long, Device, Tensor> input, Func<Device, IEnumerable<Module<Tensor, Tensor>>> create) =>
        (Name, _outcome, _input, _create) = (name, outcome, input, create);

    private Network(string name, Outcome outcome, long[] inputShape, Func<Device, IEnumerable<Module<Tensor, Tensor>>> create)
        : this(name, outcome, (rows, device) => randn([rows, .. inputShape], device: device), create)
    {
    }

    /// <summary>2-5-5-1 with tanh between, a sigmoid at the end and no biases: the experiment's.</summary>
    public static Network Experiment { get; } = new(
        "2-5-5-1", Outcome.Probability, [2],
        device =>
        [
            new BayesianLinear(2, 5, hasBias: false, initializer: new NormalInitializer(), device: device), Tanh(),
            new BayesianLinear(5, 5, hasBias: false, initializer: new NormalInitializer(), device: device), Tanh(),
            new BayesianLinear(5, 1, hasBias: false, initializer: new NormalInitializer(), device: device), Sigmoid(),
        ]);

    /// <summary>784-512-512-10 with ReLU between: a network for images of digits.</summary>
    public static Network Multilayer { get; } = FullyConnected(784, 512, 512, 10);

    /// <summary>Two convolutions with pooling and a linear layer, for images of 1 × 28 × 28.</summary>
    public static Network Convolutional { get; } = new(
        "convolutional", Outcome.Class, [1, 28, 28],
        device => [.. Convolution(1, 8, device), .. Convolution(8, 16, device), Flatten(), Linear(784, 10, device)]);

    /// <summary>Convolutions of 3-32-64-128 channels, each with pooling, and a linear layer, for images of 3 × 32 × 32.</summary>
    public static Network Images { get; } = new(
        "images", Outcome.Class, [3, 32, 32],
        device =>
        [
            .. Convolution(3, 32, device), .. Convolution(32, 64, device), .. Convolution(64, 128, device), Flatten(), Linear(2048, 10, device),
        ]);

    /// <summary>A table of 100,000 vectors of 64 numbers, and a linear layer.</summary>
    public static Network Table { get; } = new(
        "table", Outcome.Number, (rows, device) => randint(0, Symbols, [rows], ScalarType.Int64, device),
        device => [new BayesianEmbedding(Symbols, 64, device: device), Linear(64, 1, device)]);

    /// <summary>Fully connected layers with biases and ReLU between them. The last size is the number of classes, or 1 for a number.</summary>
    public static Network FullyConnected(params long[] sizes) => new(
        string.Join('-', sizes), sizes[^1] == 1 ? Outcome.Number : Outcome.Class, [sizes[0]],
        device => sizes.Zip(sizes.Skip(1))
            .SelectMany(IEnumerable<Module<Tensor, Tensor>> (pair) => [Linear(pair.First, pair.Second, device), ReLU()])
            .SkipLast(1));

    /// <summary>The sizes of a fully connected network, or a word.</summary>
    public string Name { get; }

    /// <summary>p(y | f).</summary>
    public Likelihood Likelihood => _outcome.Likelihood;

    /// <summary>Makes a model, which the caller disposes.</summary>
    public BayesianSequential Create(Device device) => new(_create(device));

    /// <summary>Makes inputs: N(0, 1) numbers, or symbols.</summary>
    public Tensor Input(long rows, Device device) => _input(rows, device);

    /// <summary>Computes E[y | f], or the probabilities of classes, from the outputs of the network, as written by hand.</summary>
    public Tensor Expectations(Tensor outputs) => _outcome.Expectations(outputs);

    /// <summary>Makes targets for a training step.</summary>
    public Tensor Targets(long rows, Device device) => _outcome.Targets(rows, device);

    /// <summary>Computes the mean of −log p(y | f) over the batch, as written by hand.</summary>
    public Tensor NegativeLogLikelihood(Tensor output, Tensor target) => _outcome.NegativeLogLikelihood(output, target);

    private static BayesianLinear Linear(long inputs, long outputs, Device device) =>
        new(inputs, outputs, initializer: new FanInInitializer(), device: device);

    private static IEnumerable<Module<Tensor, Tensor>> Convolution(long inputs, long outputs, Device device) =>
        [new BayesianConv2d(inputs, outputs, 3, padding: 1, initializer: new FanInInitializer(), device: device), ReLU(), MaxPool2d(2)];
}
