namespace Bayes.Layers.Samples.Regression;

/// <summary>The settings of the regression.</summary>
internal sealed record RegressionOptions
{
    /// <summary>How many points there are to train on.</summary>
    public int Points { get; init; } = 500;

    /// <summary>What a hidden unit does: gaussian, tanh or relu.</summary>
    public string Activation { get; init; } = Activations.Gaussian;

    /// <summary>Passes over the points.</summary>
    public int Epochs { get; init; } = 500;

    /// <summary>Points per step.</summary>
    public int BatchSize { get; init; } = 50;

    /// <summary>Adam's learning rate at the start; it falls to a twentieth.</summary>
    public double LearningRate { get; init; } = 0.02;

    /// <summary>The weight of the KL divergence; 1 is Bayes' rule.</summary>
    public double Beta { get; init; } = 1;

    /// <summary>Draws of the prediction.</summary>
    public int Samples { get; init; } = 200;

    /// <summary>The seed of the data, initialisation, shuffling and noise.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>auto, cpu, cuda or cuda:N.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>The folder for figure and metrics.</summary>
    public string Output { get; init; } = Path.Combine("artifacts", "regression");

    /// <summary>Whether only errors are printed.</summary>
    public bool Quiet { get; init; }
}
