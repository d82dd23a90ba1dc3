namespace Bayes.Layers.Samples.Regression;

/// <summary>The settings of the regression.</summary>
internal sealed record RegressionOptions : NetworkOptions
{
    public RegressionOptions()
    {
        Epochs = 500;
        BatchSize = 50;
        LearningRate = 0.02;
        Samples = 200;
        Seed = 1;
        Output = Path.Combine("artifacts", "regression");
    }

    /// <summary>Number of points to train on.</summary>
    public int Points { get; init; } = 500;

    /// <summary>Activation of the hidden units: gaussian, tanh or relu.</summary>
    public string Activation { get; init; } = Activations.Gaussian;
}
