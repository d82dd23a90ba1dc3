namespace Bayes.Layers.Samples.Tabular;

/// <summary>The settings of the tabular sample. What is 0 is left to the package for tables (docs/tabular.md).</summary>
internal sealed record TabularOptions : SampleOptions
{
    public TabularOptions()
    {
        BatchSize = 0;
        LearningRate = 0;
        Samples = 500;
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

    /// <summary>Units of one hidden layer; 0 for the layers that the package chooses.</summary>
    public int Hidden { get; init; }
}
