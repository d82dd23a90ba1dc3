namespace Bayes.Layers.Evaluation;

/// <summary>How probabilities are put into the bins of a <see cref="Calibration"/>.</summary>
public enum Binning
{
    /// <summary>Intervals of equal width (Guo et al. 2017, "On Calibration of Modern Neural Networks").</summary>
    EqualWidth,

    /// <summary>
    /// About as many examples in each bin: an adaptive calibration error (Nguyen &amp; O'Connor 2015, "Posterior Calibration and Exploratory
    /// Analysis for Natural Language Processing Models"; Nixon et al. 2019, "Measuring Calibration in Deep Learning"). Equal probabilities are in
    /// one bin, so that there may be fewer bins than asked for.
    /// </summary>
    EqualMass,
}
