using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare;

/// <summary>How the methods train on a data set. The numbers were chosen on training rows alone (docs/compare.md).</summary>
internal sealed record ComparisonSettings
{
    private const double FinalLearningRateRatio = 0.05;

    /// <summary>Passes over the training rows of a plain network.</summary>
    public required int Epochs { get; init; }

    /// <summary>Rows of a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Adam's learning rate at the start, which falls along a cosine to a twentieth.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Passes over the training rows of a variational posterior, which has to learn variances too.</summary>
    public required int VariationalEpochs { get; init; }

    /// <summary>Probability that dropout sets a hidden unit to 0.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Directions of a low-rank posterior.</summary>
    public int Rank { get; init; } = 4;

    /// <summary>Networks of an ensemble.</summary>
    public int Members { get; init; } = 5;

    /// <summary>Draws of a prediction, where draws do not end.</summary>
    public int Samples { get; init; } = 100;

    /// <summary>Constant learning rate of the gradient descent along which SWAG collects weights.</summary>
    public double SwagLearningRate { get; init; } = 0.01;

    /// <summary>Number of times that SWAG collects weights.</summary>
    public int SwagCollections { get; init; } = 40;

    /// <summary>Passes over the training rows between two collections.</summary>
    public int SwagEpochsBetween { get; init; } = 1;

    /// <summary>Learning rate at the start of a cycle of SGHMC.</summary>
    public double SghmcLearningRate { get; init; } = 0.05;

    /// <summary>Cycles of SGHMC.</summary>
    public int SghmcCycles { get; init; } = 4;

    /// <summary>Passes over the training rows in a cycle of SGHMC.</summary>
    public int SghmcEpochs { get; init; } = 100;

    /// <summary>Chains of HMC.</summary>
    public int Chains { get; init; } = 2;

    /// <summary>Draws that each chain of HMC keeps, after as many in which it adapts.</summary>
    public int ChainDraws { get; init; } = 200;

    /// <summary>Returns the options of a training without its randomness.</summary>
    /// <param name="epochs">Passes over the training rows.</param>
    public VariationalTrainerOptions Training(int epochs) => new()
    {
        Epochs = epochs,
        BatchSize = BatchSize,
        LearningRate = LearningRate,
        CreateScheduler = optimizer => optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs, eta_min: FinalLearningRateRatio * LearningRate),
    };

    /// <summary>Returns the settings with those that the options give.</summary>
    public ComparisonSettings With(CompareOptions options) => this with
    {
        Epochs = options.Epochs > 0 ? options.Epochs : Epochs,
        VariationalEpochs = options.Epochs > 0 ? options.Epochs : VariationalEpochs,
        SghmcEpochs = options.Epochs > 0 ? options.Epochs : SghmcEpochs,
        Members = options.Members,
        Samples = options.Samples,
        ChainDraws = options.ChainDraws > 0 ? options.ChainDraws : ChainDraws,
    };
}
