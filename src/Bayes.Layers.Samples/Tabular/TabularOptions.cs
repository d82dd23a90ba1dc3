namespace Bayes.Layers.Samples.Tabular;

/// <summary>The settings of the tabular sample; the defaults are those of docs/tabular.md. 0 epochs make <see cref="DefaultSteps"/> steps.</summary>
internal sealed record TabularOptions : SampleOptions
{
    /// <summary>Steps of training if the number of epochs is 0.</summary>
    public const int DefaultSteps = 5000;

    public TabularOptions()
    {
        BatchSize = 64;
        LearningRate = 0.01;
        Samples = 200;
        Output = Path.Combine("artifacts", "tabular");
    }

    /// <summary>The CSV file.</summary>
    public required string Data { get; init; }

    /// <summary>Name of the target's column.</summary>
    public required string Target { get; init; }

    /// <summary>regression, binary or multiclass.</summary>
    public required string Task { get; init; }

    /// <summary>Number of random splits.</summary>
    public int Splits { get; init; } = 20;

    /// <summary>Share of the rows for testing.</summary>
    public double TestFraction { get; init; } = 0.1;

    /// <summary>Units of the hidden layer.</summary>
    public int Hidden { get; init; } = 50;

    /// <summary>Returns the number of epochs for a number of training rows.</summary>
    public int EpochsFor(int rows) => Epochs > 0 ? Epochs : Math.Max(1, (int)Math.Round(DefaultSteps / Math.Ceiling((double)rows / BatchSize)));
}
