namespace Bayes.Layers.Samples.Compare;

/// <summary>The settings of the comparison. 0 epochs and 0 chain draws mean those of the data set.</summary>
internal sealed record CompareOptions : SampleOptions
{
    public CompareOptions()
    {
        Samples = 100;
        Seed = 1;
        Output = Path.Combine("artifacts", "compare");
    }

    /// <summary>Name of a shipped data set; null for a file, or for the first one without a file.</summary>
    public string? DataSet { get; init; }

    /// <summary>A CSV file of one's own; null for a shipped data set.</summary>
    public string? Data { get; init; }

    /// <summary>Name of the target's column in the file.</summary>
    public string? Target { get; init; }

    /// <summary>What the file's target is: regression, binary or multiclass.</summary>
    public string? Task { get; init; }

    /// <summary>Names of the methods; all by default.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Number of members of every ensemble.</summary>
    public int Members { get; init; } = 5;

    /// <summary>Number of draws that each chain of HMC keeps.</summary>
    public int ChainDraws { get; init; }

    /// <summary>Standard deviation of the prior of every weight.</summary>
    public double PriorStddev { get; init; } = 1;

    /// <summary>Units of a hidden layer for a file.</summary>
    public int Hidden { get; init; } = 50;

    /// <summary>Share of a file's rows for testing.</summary>
    public double TestFraction { get; init; } = 0.2;

    /// <summary>Seed of the split into rows for training and rows for testing.</summary>
    public uint SplitSeed { get; init; }
}
