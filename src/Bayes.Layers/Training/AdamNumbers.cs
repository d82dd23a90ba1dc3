namespace Bayes.Layers.Training;

/// <summary>The numbers of one step of Adam (Kingma &amp; Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1), the bias of both means corrected.</summary>
internal readonly struct AdamNumbers(double learningRate, double beta1, double beta2, double epsilon, long step, bool maximizes)
{
    /// <summary>What is kept of a weight before it is moved.</summary>
    public double Kept { get; init; } = 1;

    /// <summary>How much of the weight is added to its gradient.</summary>
    public double Pull { get; init; }

    /// <summary>1 to descend, −1 to ascend.</summary>
    public double Sign { get; } = maximizes ? -1 : 1;

    /// <summary>What is kept of the mean of gradients.</summary>
    public double Beta1 { get; } = beta1;

    /// <summary>What is kept of the mean of squares.</summary>
    public double Beta2 { get; } = beta2;

    /// <summary>What is added to the root of the mean of squares.</summary>
    public double Epsilon { get; } = epsilon;

    /// <summary>The learning rate over the first mean's bias.</summary>
    public double Rate { get; } = learningRate / (1 - Math.Pow(beta1, step));

    /// <summary>One over the root of the second mean's bias.</summary>
    public double Correction { get; } = 1 / Math.Sqrt(1 - Math.Pow(beta2, step));
}
