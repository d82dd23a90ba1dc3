using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Prediction;
using static TorchSharp.torch;

namespace Bayes.Layers.Conformal;

/// <summary>
/// Split conformal prediction of numbers (Vovk, Gammerman &amp; Shafer 2005; Papadopoulos et al. 2002): from rows that were not trained on, finds how
/// wide the intervals of a prediction must be to contain a new target with a given probability, whatever the model and the noise. Immutable.
/// </summary>
/// <remarks>
/// The probability is over calibration rows and new row together, which must be exchangeable: drawn from one distribution, in an order that does not
/// matter. It is at least the coverage, and at most 1 / (n + 1) above it if no scores are equal. It does not hold for each input alone; groups give
/// it
/// within each group. Of several outputs, each has its own coverage, unless <see cref="ConformalRegressionOptions.JointOutputs"/> is set.
/// </remarks>
/// <example>
/// <code>
/// var conformal = ConformalRegression.Calibrate(predictor.Predict(heldOut), heldOutTargets);
/// using var intervals = conformal.Intervals(predictor.Predict(inputs), coverage: 0.9);
/// </code>
/// </example>
public sealed class ConformalRegression
{
    private readonly ConformalRegressionOptions _options;
    private readonly CalibrationOrigin _origin;
    private readonly ScoreTable _scores;

    private ConformalRegression(ConformalRegressionOptions options, CalibrationOrigin origin, ScoreTable scores) =>
        (_options, _origin, _scores) = (options, origin, scores);

    /// <summary>Returns the least number of calibration rows with which intervals of a coverage are finite: ⌈c / (1 − c)⌉.</summary>
    /// <param name="coverage">c = 1 − α, above 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The coverage is outside its range.</exception>
    public static long RowsNeeded(double coverage) => ScoreDistribution.RowsNeeded(Require.Mass(coverage));

    /// <summary>Computes the scores of calibration rows.</summary>
    /// <param name="calibration">The prediction of rows that were not trained on, with a likelihood of numbers.</param>
    /// <param name="target">Their observed values, of the shape of the prediction's mean.</param>
    /// <param name="options">The settings; the defaults if null.</param>
    /// <param name="groups">A whole number for each row, <c>[B]</c>, that names its group: coverage then holds in each group (Vovk 2012,
    /// "Conditional Validity of Inductive Conformal Predictors"). Null for one group.</param>
    /// <param name="weights">For new rows from another distribution of inputs: the ratio of the two densities at each row's input, <c>[B]</c>, up
    /// to a factor (Tibshirani et al. 2019). Null if the distributions are equal.</param>
    /// <returns>A calibration that keeps none of the tensors.</returns>
    /// <exception cref="ArgumentException">
    /// The prediction is of classes or of several likelihoods, or is of the training inputs, shapes do not fit, a target is not finite, a standard
    /// deviation is 0, or a score is NaN.
    /// </exception>
    /// <exception cref="InvalidOperationException">The score needs samples, which were not kept.</exception>
    public static ConformalRegression Calibrate(
        Predictive calibration, Tensor target, ConformalRegressionOptions? options = null, Tensor? groups = null, Tensor? weights = null)
    {
        ArgumentNullException.ThrowIfNull(calibration);
        ArgumentNullException.ThrowIfNull(target);
        options ??= new ConformalRegressionOptions();
        if (calibration.Likelihood is ClassLikelihood)
            throw new ArgumentException(
                $"The prediction has the likelihood {calibration.Likelihood}, over classes; expected one of numbers; use ConformalClassification.",
                nameof(calibration));
        if (calibration.Likelihood is JointLikelihood)
            throw new ArgumentException(
                $"The prediction has several outputs, with {calibration.Likelihood}; expected one output; use Predictive.Part.", nameof(calibration));
        TensorValues.RequireMatching(calibration.Mean, "prediction", target);
        Require.AllFinite(target, nameof(target));
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var origin = CalibrationOrigin.Of(calibration, options.TrainingInput);
        long rows = target.shape[0];
        var scores = options.Score.Of(calibration, target.to(ScalarType.Float64, calibration.Mean.device));
        if (!scores.shape.AsSpan().SequenceEqual(target.shape))
            throw new ArgumentException(
                $"The score returned shape {Shapes.Describe(scores.shape)}; expected {Shapes.Describe(target.shape)}, that of the target.",
                nameof(options));
        var perRow = scores.reshape(rows, -1);
        return new ConformalRegression(
            options, origin, new ScoreTable((options.JointOutputs ? perRow.amax([1L]) : perRow).ReadDoubles(), rows, groups, weights));
    }

    /// <summary>Computes the intervals of new rows.</summary>
    /// <param name="prediction">A prediction of the model that was calibrated, best with the same seed and draws.</param>
    /// <param name="coverage">The probability that an interval contains its target, 1 − α; above 0, below 1.</param>
    /// <param name="groups">The group of each row, <c>[B]</c>, if the calibration has groups. A group without calibration rows has infinite
    /// intervals.</param>
    /// <param name="weights">The weight of each row, <c>[B]</c>, with the factor of those of the calibration, if it has weights.</param>
    /// <returns>Intervals that the caller disposes. Those of too few calibration rows are infinite, and <see cref="ConformalIntervals.Caution"/> says
    /// how many the coverage needs.</returns>
    /// <exception cref="ArgumentException">
    /// The prediction is of another model, or of the calibration rows, shapes do not fit, or a standard deviation is 0.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The coverage is outside its range.</exception>
    /// <exception cref="InvalidOperationException">The score needs samples, which were not kept.</exception>
    public ConformalIntervals Intervals(Predictive prediction, double coverage = 0.9, Tensor? groups = null, Tensor? weights = null)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        Require.Mass(coverage);
        string? approximate = _origin.RequireFits(prediction);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long[] shape = prediction.Mean.shape;
        var (quantiles, few) = _scores.Quantiles(coverage, shape[0], groups, weights, "the intervals are infinite");
        // One number for all outputs of a row, or one for each.
        long[] ofQuantiles = quantiles.Length == prediction.Mean.numel() ? shape : [shape[0], .. shape[1..].Select(_ => 1L)];
        var (lower, upper) = _options.Score.Interval(prediction, tensor(quantiles).reshape(ofQuantiles).to(prediction.Mean.device));
        return new ConformalIntervals(
            lower.to(prediction.ElementType).MoveToOuterDisposeScope(), upper.to(prediction.ElementType).MoveToOuterDisposeScope(), coverage,
            Cautions.Join([prediction.Caution, few, approximate]));
    }

    /// <summary>Returns the score.</summary>
    public override string ToString() => $"ConformalRegression({_options.Score})";
}
