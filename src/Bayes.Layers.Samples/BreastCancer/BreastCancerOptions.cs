namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>The experiment's settings; the defaults are the notebook's.</summary>
internal sealed record BreastCancerOptions
{
    /// <summary>Passes over the training half.</summary>
    public int Epochs { get; init; } = 200;

    /// <summary>Examples per step.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>AdamW's learning rate.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>The weight of the KL divergence; 1 is Bayes' rule.</summary>
    public double Beta { get; init; } = 1;

    /// <summary>Draws for the evaluation on the test half.</summary>
    public int Samples { get; init; } = 10;

    /// <summary>Points along each side of the maps.</summary>
    public int Grid { get; init; } = 500;

    /// <summary>Draws for the maps.</summary>
    public int GridSamples { get; init; } = 100;

    /// <summary>The seed of initialisation, shuffling and noise.</summary>
    public long Seed { get; init; } = 8;

    /// <summary>The seed of the split into halves; the same split as scikit-learn's for the same seed.</summary>
    public uint SplitSeed { get; init; }

    /// <summary>auto, cpu, cuda or cuda:N.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>The folder for figures and metrics.</summary>
    public string Output { get; init; } = Path.Combine("artifacts", "breast-cancer");

    /// <summary>The data file; the one that ships with the samples by default.</summary>
    public string? Data { get; init; }

    /// <summary>Whether only errors are printed.</summary>
    public bool Quiet { get; init; }
}
