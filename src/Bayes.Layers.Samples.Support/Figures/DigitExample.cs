namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>An image and its prediction.</summary>
/// <param name="Pixels">From 0 (paper) to 1 (ink), with row 0 at the top.</param>
/// <param name="Digit">The true digit.</param>
/// <param name="Probability">Mean probability of each class.</param>
/// <param name="Lower">Lower end of the interval over the draws, for each class.</param>
/// <param name="Upper">Upper end of the interval over the draws, for each class.</param>
/// <param name="MutualInformation">Epistemic uncertainty, in nats.</param>
internal sealed record DigitExample(double[,] Pixels, int Digit, double[] Probability, double[] Lower, double[] Upper, double MutualInformation);
