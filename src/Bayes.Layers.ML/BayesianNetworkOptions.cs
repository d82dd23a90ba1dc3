using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.ML;

/// <summary>The options of the ML.NET trainers of Bayesian networks. Immutable.</summary>
public sealed record BayesianNetworkOptions
{
    /// <summary>Gets the numbers of units of the hidden layers, with tanh after each; one layer of 32 by default.</summary>
    /// <exception cref="ArgumentException">A number is below 1.</exception>
    public IReadOnlyList<int> HiddenUnits
    {
        get;
        init => field = value.All(units => units > 0) ? [.. value]
            : throw new ArgumentException($"{nameof(HiddenUnits)} has {value.Min()} units; expected at least 1 in each layer.", nameof(HiddenUnits));
    } = [32];

    /// <summary>
    /// Gets the function that makes the network, from the numbers of its inputs and outputs; null, the default, makes one of
    /// <see cref="HiddenUnits"/>. A network with modules that a checkpoint does not know cannot be saved with a pipeline.
    /// </summary>
    public Func<int, int, BayesianModule>? CreateModel { get; init; }

    /// <summary>Gets whether the noise of a regression depends on the features; false by default. Has no effect on classes.</summary>
    public bool HasVaryingNoise { get; init; }

    /// <summary>Gets the options of the training; by default it ends when the loss no longer falls.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public VariationalTrainerOptions Training { get; init => field = value ?? throw new ArgumentNullException(nameof(Training)); } = new();

    /// <summary>Gets S, the number of networks that are drawn to predict; at least 2, and 100 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int Samples
    {
        get;
        init => field = value >= 2 ? value
            : throw new ArgumentOutOfRangeException(nameof(Samples), value, $"{nameof(Samples)} is {value}; expected at least 2.");
    } = 100;

    /// <summary>Gets the probability between Lower and Upper; above 0 and below 1, and 0.9 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double Mass
    {
        get;
        init => field = value is > 0 and < 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Mass), value, $"{nameof(Mass)} is {value}; expected a number above 0 and below 1.");
    } = 0.9;

    /// <summary>Gets the seed of initial values, training and prediction; 0 by default. Torch's generator is left as it was.</summary>
    public int Seed { get; init; }

    /// <summary>
    /// Gets the number of training rows up to which they are read once and kept as tensors; 1,000,000 by default. More rows are read anew in each
    /// epoch and shuffled within <see cref="ShuffleBuffer"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long MaximumRowsInMemory
    {
        get;
        init => field = value >= 0 ? value
            : throw new ArgumentOutOfRangeException(
                nameof(MaximumRowsInMemory), value, $"{nameof(MaximumRowsInMemory)} is {value}; expected at least 0.");
    } = 1_000_000;

    /// <summary>Gets the number of rows that are shuffled at a time if rows are read anew in each epoch; at least 1, and 10,000 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int ShuffleBuffer
    {
        get;
        init => field = value >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(ShuffleBuffer), value, $"{nameof(ShuffleBuffer)} is {value}; expected at least 1.");
    } = 10_000;

    /// <summary>Gets what receives a report after every epoch; null by default.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Gets the token that ends training between two steps; the trainer then throws <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>Makes a network.</summary>
    internal BayesianModule NewModel(int inputs, int outputs)
    {
        if (CreateModel is { } create)
            return create(inputs, outputs) ?? throw new InvalidOperationException($"{nameof(CreateModel)} returned null; expected a network.");
        List<nn.Module<Tensor, Tensor>> layers = [];
        int width = inputs;
        foreach (int units in HiddenUnits)
        {
            layers.AddRange([new BayesianLinear(width, units), nn.Tanh()]);
            width = units;
        }
        return new BayesianSequential([.. layers, new BayesianLinear(width, outputs)]);
    }
}
