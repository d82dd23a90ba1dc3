namespace Bayes.Layers.Samples.Digits;

/// <summary>The settings of the digits sample.</summary>
internal sealed record DigitsOptions
{
    /// <summary>Passes over the training part.</summary>
    public int Epochs { get; init; } = 60;

    /// <summary>Images per step.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Adam's learning rate at the start; it falls to a twentieth.</summary>
    public double LearningRate { get; init; } = 0.02;

    /// <summary>The weight of the KL divergence; 1 is Bayes' rule, below 1 a colder posterior.</summary>
    public double Beta { get; init; } = 0.03;

    /// <summary>Draws of every prediction.</summary>
    public int Samples { get; init; } = 50;

    /// <summary>The seed of initialisation, shuffling and noise.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The seed of the split.</summary>
    public uint SplitSeed { get; init; }

    /// <summary>auto, cpu, cuda or cuda:N.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>The folder for figures and metrics.</summary>
    public string Output { get; init; } = Path.Combine("artifacts", "digits");

    /// <summary>Whether only errors are printed.</summary>
    public bool Quiet { get; init; }
}
