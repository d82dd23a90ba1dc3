namespace Bayes.Layers.Uncertainty.Uci;

/// <summary>The settings of the benchmark.</summary>
internal sealed record UciOptions : SampleOptions
{
    public UciOptions()
    {
        Seed = 1;
        Output = Path.Combine("artifacts", "uci");
    }

    /// <summary>The folder with the CSV files.</summary>
    public required string Data { get; init; }

    /// <summary>Names of the sets in the order of the run; empty for all files of the folder.</summary>
    public IReadOnlyList<string> Sets { get; init; } = [];

    /// <summary>Names of the methods in the order of the run; empty for all.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Largest number of splits of a set.</summary>
    public int Splits { get; init; } = CanonicalSplits.Count;

    /// <summary>Threads that a method may use.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
