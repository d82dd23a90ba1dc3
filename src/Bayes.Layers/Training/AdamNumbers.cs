namespace Bayes.Layers.Training;

/// <summary>The numbers of one step of Adam (Kingma &amp; Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1), the bias of both means corrected.</summary>
internal readonly struct AdamNumbers(AdamSettings settings, long step)
{
    /// <summary>What is kept of a weight before it is moved.</summary>
    public double Kept { get; } = settings.Kept;

    /// <summary>How much of the weight is added to its gradient.</summary>
    public double Pull { get; } = settings.Pull;

    /// <summary>1 to descend, −1 to ascend.</summary>
    public double Sign { get; } = settings.Maximizes ? -1 : 1;

    /// <summary>What is kept of the mean of gradients.</summary>
    public double Beta1 { get; } = settings.Beta1;

    /// <summary>What is kept of the mean of squares.</summary>
    public double Beta2 { get; } = settings.Beta2;

    /// <summary>What is added to the root of the mean of squares.</summary>
    public double Epsilon { get; } = settings.Epsilon;

    /// <summary>The learning rate over the first mean's bias.</summary>
    public double Rate { get; } = settings.LearningRate / (1 - Math.Pow(settings.Beta1, step));

    /// <summary>One over the root of the second mean's bias.</summary>
    public double Correction { get; } = 1 / Math.Sqrt(1 - Math.Pow(settings.Beta2, step));
}
