namespace Bayes.Layers.Samples.Fashion;

/// <summary>The settings of the fashion sample.</summary>
internal sealed record FashionOptions : NetworkOptions
{
    public FashionOptions()
    {
        Epochs = 10;
        BatchSize = 128;
        LearningRate = 0.005;
        Beta = 0.1;
        Samples = 30;
        Seed = 1;
        Output = Path.Combine("artifacts", "fashion");
    }

    /// <summary>The folder with the IDX files.</summary>
    public required string Data { get; init; }

    /// <summary>Largest number of images to train on; the first of the file are taken.</summary>
    public int TrainImages { get; init; } = 60_000;

    /// <summary>Largest number of images to test on; the first of the file are taken.</summary>
    public int TestImages { get; init; } = 10_000;
}
