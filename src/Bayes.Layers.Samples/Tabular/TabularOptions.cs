namespace Bayes.Layers.Samples.Tabular;

/// <summary>What the tabular command is asked for; the defaults are those of docs/tabular.md.</summary>
internal sealed record TabularOptions
{
    /// <summary>The CSV file.</summary>
    public required string Data { get; init; }

    /// <summary>The name of the target's column.</summary>
    public required string Target { get; init; }

    /// <summary>regression, binary or multiclass.</summary>
    public required string Task { get; init; }

    /// <summary>How many random splits.</summary>
    public int Splits { get; init; } = 20;

    /// <summary>The share of rows that test.</summary>
    public double TestFraction { get; init; } = 0.1;

    /// <summary>Units of the hidden layer.</summary>
    public int Hidden { get; init; } = 50;

    /// <summary>Passes over the training rows; null for as many as make <see cref="DefaultSteps"/> steps.</summary>
    public int? Epochs { get; init; }

    /// <summary>Rows per step.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Adam's learning rate at the start.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>Monte Carlo draws of each network's prediction.</summary>
    public int Samples { get; init; } = 200;

    /// <summary>The seed of splits, initialisation, batches and noise.</summary>
    public long Seed { get; init; }

    /// <summary>Where results go.</summary>
    public string Output { get; init; } = Path.Combine("artifacts", "tabular");

    /// <summary>Whether to print nothing.</summary>
    public bool Quiet { get; init; }

    /// <summary>Steps of training where no number of epochs is given.</summary>
    public const int DefaultSteps = 5000;

    /// <summary>The epochs for so many training rows.</summary>
    public int EpochsFor(int rows) => Epochs ?? Math.Max(1, (int)Math.Round(DefaultSteps / Math.Ceiling((double)rows / BatchSize)));
}
