namespace Bayes.Layers.Samples.Series;

/// <summary>The settings of the series sample.</summary>
internal sealed record SeriesOptions : NetworkOptions
{
    public SeriesOptions()
    {
        Epochs = 120;
        BatchSize = 64;
        LearningRate = 0.01;
        Samples = 100;
        Seed = 1;
        Output = Path.Combine("artifacts", "series");
    }

    /// <summary>The data file, or null for simulated data.</summary>
    public string? Data { get; init; }

    /// <summary>Number of days to simulate.</summary>
    public int Days { get; init; } = 5 * 365;

    /// <summary>Days between the last known day and the forecast one.</summary>
    public int Horizon { get; init; } = 7;

    /// <summary>Days that the network looks back.</summary>
    public int Window { get; init; } = 28;

    /// <summary>Size of the network's state.</summary>
    public int Hidden { get; init; } = 16;

    /// <summary>Number of days at the end that test.</summary>
    public int TestDays { get; init; } = 365;
}
