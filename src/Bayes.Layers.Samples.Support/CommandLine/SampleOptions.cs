namespace Bayes.Layers.Samples.Support.CommandLine;

/// <summary>The settings of every sample. The record of a sample sets their defaults and adds its own settings.</summary>
internal abstract record SampleOptions
{
    /// <summary>Passes over the training examples.</summary>
    public int Epochs { get; init; }

    /// <summary>Training examples per step.</summary>
    public int BatchSize { get; init; }

    /// <summary>The optimizer's learning rate at the start.</summary>
    public double LearningRate { get; init; }

    /// <summary>Monte Carlo draws of a prediction.</summary>
    public int Samples { get; init; }

    /// <summary>Seed of everything random but the split of a shipped data set.</summary>
    public long Seed { get; init; }

    /// <summary>Folder for the results.</summary>
    public string Output { get; init; } = "";

    /// <summary>Whether to print only errors.</summary>
    public bool Quiet { get; init; }
}
