namespace Bayes.Layers.Evaluation;

/// <summary>The assignment of probabilities to the bins of a <see cref="Calibration"/>.</summary>
public enum Binning
{
    /// <summary>Intervals of equal width (Guo et al. 2017, "On Calibration of Modern Neural Networks").</summary>
    EqualWidth,

    /// <summary>
    /// About the same number of examples in each bin: an adaptive calibration error (Nguyen &amp; O'Connor 2015, "Posterior Calibration and
    /// Exploratory Analysis for Natural Language Processing Models"; Nixon et al. 2019, "Measuring Calibration in Deep Learning"). Equal
    /// probabilities share a bin, so there may be fewer bins than requested.
    /// </summary>
    EqualMass,
}
