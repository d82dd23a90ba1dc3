namespace Bayes.Layers.Samples.Digits;

/// <summary>The settings of the digits sample.</summary>
internal sealed record DigitsOptions : NetworkOptions
{
    public DigitsOptions()
    {
        Epochs = 60;
        BatchSize = 64;
        LearningRate = 0.02;
        Beta = 0.03;
        Samples = 50;
        Seed = 1;
        Output = Path.Combine("artifacts", "digits");
    }

    /// <summary>Seed of the split.</summary>
    public uint SplitSeed { get; init; }
}
