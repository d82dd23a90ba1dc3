namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>An image and its prediction.</summary>
/// <param name="Name">What the image is, in a few words.</param>
/// <param name="Pixels">From 0 (paper) to 1 (ink), with row 0 at the top.</param>
/// <param name="Class">The true class, or −1 if the image is of none.</param>
/// <param name="Probability">Mean probability of each class.</param>
/// <param name="Lower">Lower end of the interval over the draws, for each class.</param>
/// <param name="Upper">Upper end of the interval over the draws, for each class.</param>
/// <param name="MutualInformation">Epistemic uncertainty, in nats.</param>
internal sealed record ClassExample(
    string Name, double[,] Pixels, int Class, double[] Probability, double[] Lower, double[] Upper, double MutualInformation);
