using System.Globalization;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>
/// The calibration curve of regression: the share of targets below the predicted quantiles of each level, which equals the level if the predicted
/// distributions are calibrated (Kuleshov, Fenner &amp; Ermon 2018, "Accurate Uncertainties for Deep Learning Using Calibrated Regression",
/// section 3.5). Immutable.
/// </summary>
/// <remarks>
/// A curve above the diagonal on the left and below it on the right, a reversed S, shows intervals that are too narrow; a curve that is above it
/// everywhere shows predictions that are too high. For counts, the distribution function jumps at the target, and a level within the jump counts
/// the share of the jump below it: the nonrandomized probability integral transform (Czado, Gneiting &amp; Held 2009, "Predictive Model Assessment
/// for Count Data", equation 2).
/// </remarks>
public sealed class RegressionCalibration
{
    private RegressionCalibration(double[] below, double[] upTo, int levels)
    {
        Count = upTo.Length;
        var points = new CoveragePoint[levels];
        for (int i = 0; i < levels; i++)
        {
            double level = (i + 1.0) / (levels + 1), sum = 0;
            for (int element = 0; element < upTo.Length; element++)
                sum += Share(level, below[element], upTo[element]);
            points[i] = new CoveragePoint(level, sum / Count);
        }
        Points = Array.AsReadOnly(points);
    }

    /// <summary>Gets a point for each level, evenly spaced between 0 and 1, lowest first.</summary>
    public IReadOnlyList<CoveragePoint> Points { get; }

    /// <summary>Gets the number of targets.</summary>
    public long Count { get; }

    /// <summary>Gets the sum over the levels of (expected − observed)², the calibration error of Kuleshov et al. 2018, equation 9, with all
    /// weights equal to 1; it grows with the number of levels.</summary>
    public double SquaredError => Points.Sum(point => (point.Expected - point.Observed) * (point.Expected - point.Observed));

    /// <summary>Gets the mean over the levels of |expected − observed|, in [0, 1]: about the area between the curve and the diagonal.</summary>
    public double MeanError => Points.Average(point => Math.Abs(point.Expected - point.Observed));

    /// <summary>Computes the calibration of predicted normal distributions.</summary>
    /// <param name="mean">Predicted means, of any shape, in the target's unit.</param>
    /// <param name="stddev">Predicted standard deviations, not variances, of the target including the noise, of the same shape, in the target's
    /// unit.</param>
    /// <param name="target">Observed values, of the same shape.</param>
    /// <param name="levels">The number of levels: 19 are 0.05, 0.10, … 0.95.</param>
    /// <exception cref="ArgumentException">Shapes differ, there are no elements, a value is not finite, or a standard deviation is not above
    /// 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="levels"/> is below 1.</exception>
    public static RegressionCalibration OfNormal(Tensor mean, Tensor stddev, Tensor target, int levels = 19)
    {
        Require.Positive(levels);
        var outcomes = RegressionOutcomes.Read(mean, stddev, target);
        double[] transforms = StandardNormal.Cumulative([.. Enumerable.Range(0, outcomes.Count).Select(outcomes.Standardized)]);
        return new RegressionCalibration(transforms, transforms, levels);
    }

    /// <summary>
    /// Computes the calibration of a prediction from the distribution function of the mixture of its draws: exact for every likelihood.
    /// </summary>
    /// <param name="prediction">A prediction that kept its samples, of real numbers or counts.</param>
    /// <param name="target">Observed values, of the shape of the prediction's mean.</param>
    /// <param name="levels">The number of levels: 19 are 0.05, 0.10, … 0.95.</param>
    /// <exception cref="ArgumentException">The shapes differ, or a target is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="levels"/> is below 1.</exception>
    /// <exception cref="InvalidOperationException">The prediction kept no samples, or its likelihood is neither of real numbers nor of
    /// counts.</exception>
    public static RegressionCalibration Of(IPrediction prediction, Tensor target, int levels = 19)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        Require.Positive(levels);
        TensorValues.RequireMatching(prediction.Mean, nameof(prediction), target);
        Require.AllFinite(target, nameof(target));
        using var scope = NewDisposeScope();
        var (below, upTo) = prediction.Cumulative(target);
        double[] belows = TensorValues.ReadFinite(below, nameof(prediction)), upTos = TensorValues.ReadFinite(upTo, nameof(prediction));
        return new RegressionCalibration(belows, upTos, levels);
    }

    /// <summary>Returns the errors and a line for each level, in the invariant culture.</summary>
    public override string ToString()
    {
        var table = new ReportTable($"{Count} elements")
            .Add("mean calibration error", MeanError, $"{Points.Count} levels")
            .Add("squared calibration error", SquaredError);
        foreach (var point in Points)
            table.Add(string.Create(CultureInfo.InvariantCulture, $"below quantile {point.Expected:0.####}"), point.Observed);
        return table.ToString();
    }

    private static double Share(double level, double below, double upTo) =>
        level >= upTo ? 1 : level <= below ? 0 : (level - below) / (upTo - below);
}
