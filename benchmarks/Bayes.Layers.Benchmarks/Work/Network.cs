using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>A timed network, in this library and for the PyTorch script.</summary>
internal sealed class Network
{
    private readonly Func<Device, IEnumerable<Module<Tensor, Tensor>>> _create;
    private readonly long[] _inputShape;

    private Network(string name, Likelihood likelihood, long[] inputShape, Func<Device, IEnumerable<Module<Tensor, Tensor>>> create)
    {
        Name = name;
        Likelihood = likelihood;
        _inputShape = inputShape;
        _create = create;
    }

    /// <summary>2-5-5-1 with tanh between, a sigmoid at the end and no biases: the experiment's.</summary>
    public static Network Experiment { get; } = new(
        "2-5-5-1", new BernoulliLikelihood(BernoulliOutput.Probabilities), [2],
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
        "convolutional", new CategoricalLikelihood(), [1, 28, 28],
        device =>
        [
            new BayesianConv2d(1, 8, 3, padding: 1, initializer: new FanInInitializer(), device: device), ReLU(), MaxPool2d(2),
            new BayesianConv2d(8, 16, 3, padding: 1, initializer: new FanInInitializer(), device: device), ReLU(), MaxPool2d(2),
            Flatten(), new BayesianLinear(784, 10, initializer: new FanInInitializer(), device: device),
        ]);

    /// <summary>Fully connected layers with biases and ReLU between them. The last size is the number of classes.</summary>
    public static Network FullyConnected(params long[] sizes) => new(
        string.Join('-', sizes), new CategoricalLikelihood(), [sizes[0]],
        device => sizes.Zip(sizes.Skip(1))
            .SelectMany(IEnumerable<Module<Tensor, Tensor>> (pair) => [
                new BayesianLinear(pair.First, pair.Second, initializer: new FanInInitializer(), device: device), ReLU()])
            .SkipLast(1));

    /// <summary>The sizes of a fully connected network, or "convolutional".</summary>
    public string Name { get; }

    /// <summary>p(y | f).</summary>
    public Likelihood Likelihood { get; }

    /// <summary>Makes a model, which the caller disposes.</summary>
    public BayesianSequential Create(Device device) => new(_create(device));

    /// <summary>Makes N(0, 1) inputs.</summary>
    public Tensor Input(long rows, Device device) => randn([rows, .. _inputShape], device: device);

    /// <summary>Computes probabilities from the outputs of the network, as written by hand.</summary>
    public Tensor Probabilities(Tensor outputs) => Likelihood is CategoricalLikelihood ? outputs.softmax(-1) : outputs;

    /// <summary>Makes class targets for a training step.</summary>
    public Tensor Targets(long rows, Device device) =>
        Likelihood is CategoricalLikelihood ? randint(0, 10, [rows], ScalarType.Int64, device) : randint(0, 2, [rows, 1], ScalarType.Float32, device);

    /// <summary>Computes the mean of −log p(y | f) over the batch, as written by hand.</summary>
    public Tensor NegativeLogLikelihood(Tensor output, Tensor target) =>
        Likelihood is CategoricalLikelihood ? functional.cross_entropy(output, target) : functional.binary_cross_entropy(output, target);
}
