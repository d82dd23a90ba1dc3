namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>An image and what is predicted of it.</summary>
/// <param name="Pixels">From 0 (paper) to 1 (ink), row 0 at the top.</param>
/// <param name="Digit">What it is.</param>
/// <param name="Probability">The mean probability of each class.</param>
/// <param name="Lower">Where the interval over the draws begins, for each class.</param>
/// <param name="Upper">Where it ends.</param>
/// <param name="MutualInformation">How much the functions disagree, in nats.</param>
internal sealed record DigitExample(double[,] Pixels, int Digit, double[] Probability, double[] Lower, double[] Upper, double MutualInformation);
