namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>The experiment's settings; the defaults are those of the notebook.</summary>
internal sealed record BreastCancerOptions : NetworkOptions
{
    public BreastCancerOptions()
    {
        Epochs = 200;
        BatchSize = 1;
        LearningRate = 1e-4;
        Samples = 10;
        Seed = 8;
        Output = Path.Combine("artifacts", "breast-cancer");
    }

    /// <summary>Points along each side of the maps.</summary>
    public int Grid { get; init; } = 500;

    /// <summary>Monte Carlo draws for the maps.</summary>
    public int GridSamples { get; init; } = 100;

    /// <summary>Seed of the split into halves; scikit-learn's <c>train_test_split</c> with the same seed gives the same split.</summary>
    public uint SplitSeed { get; init; }

    /// <summary>The data file, or null for the one shipped with the samples.</summary>
    public string? Data { get; init; }
}
