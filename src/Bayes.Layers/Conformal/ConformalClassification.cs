using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Prediction;
using static TorchSharp.torch;

namespace Bayes.Layers.Conformal;

/// <summary>
/// Split conformal prediction of classes: from rows that were not trained on, finds which classes must be in the set of a row for the sets to contain
/// the class of a new row with a given probability, whatever the model. Immutable.
/// </summary>
/// <remarks>What <see cref="ConformalRegression"/> says of exchangeable rows and of groups holds here.</remarks>
/// <example>
/// <code>
/// var conformal = ConformalClassification.Calibrate(predictor.Predict(heldOut), heldOutClasses);
/// using var sets = conformal.Sets(predictor.Predict(inputs), coverage: 0.9);
/// </code>
/// </example>
public sealed class ConformalClassification
{
    private readonly ConformalClassificationOptions _options;
    private readonly CalibrationOrigin _origin;
    private readonly ScoreTable _scores;

    private ConformalClassification(ConformalClassificationOptions options, CalibrationOrigin origin, ScoreTable scores) =>
        (_options, _origin, _scores) = (options, origin, scores);

    /// <inheritdoc cref="ConformalRegression.RowsNeeded"/>
    public static long RowsNeeded(double coverage) => ConformalRegression.RowsNeeded(coverage);

    /// <summary>Computes the scores of calibration rows.</summary>
    /// <param name="calibration">The prediction of rows that were not trained on, with one class for each row: a
    /// <see cref="CategoricalLikelihood"/> of means <c>[B, C]</c>, or a <see cref="BernoulliLikelihood"/> of one output.</param>
    /// <param name="target">The observed classes, in the form that the likelihood takes.</param>
    /// <param name="options">The settings; the defaults if null.</param>
    /// <param name="groups">A whole number for each row, <c>[B]</c>, that names its group, or null: as for <see cref="ConformalRegression"/>.</param>
    /// <param name="weights">The ratio of the densities of new and calibration inputs at each row, <c>[B]</c>, or null: as there.</param>
    /// <returns>A calibration that keeps none of the tensors.</returns>
    /// <exception cref="ArgumentException">
    /// The prediction is not of one class for each row, or is of the training inputs, shapes do not fit, a probability is NaN, a target is not a
    /// class, or all targets are of one class.
    /// </exception>
    public static ConformalClassification Calibrate(
        Predictive calibration, Tensor target, ConformalClassificationOptions? options = null, Tensor? groups = null, Tensor? weights = null)
    {
        ArgumentNullException.ThrowIfNull(calibration);
        ArgumentNullException.ThrowIfNull(target);
        options ??= new ConformalClassificationOptions();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        RequireClasses(calibration, nameof(calibration));
        var origin = CalibrationOrigin.Of(calibration, options.TrainingInput);
        var outcomes = ClassOutcomes.Read(calibration.Mean, target);
        int[] classes = [.. Enumerable.Range(0, outcomes.Count).Select(outcomes.Target)];
        // A single row says nothing about whether there are others.
        if (classes.Length > 1 && classes.Distinct().Count() == 1)
            throw new ArgumentException(
                $"All {classes.Length} calibration targets are of class {classes[0]}; expected rows of several classes, as new rows will have.",
                nameof(target));
        double[] scores = ScoresOf(calibration, options, "conformal calibration").ReadDoubles();
        int count = outcomes.Probabilities.Classes;
        double[] own = [.. classes.Select((index, row) => scores[row * count + index])];
        return new ConformalClassification(options, origin, new ScoreTable(own, own.Length, groups, weights));
    }

    /// <summary>Computes the sets of new rows.</summary>
    /// <param name="prediction">A prediction of the model that was calibrated, best with the same seed and draws.</param>
    /// <param name="coverage">The probability that a set contains its row's class, 1 − α; above 0, below 1.</param>
    /// <param name="groups">The group of each row, <c>[B]</c>, if the calibration has groups. In a group without calibration rows, sets have all
    /// classes.</param>
    /// <param name="weights">The weight of each row, <c>[B]</c>, with the factor of those of the calibration, if it has weights.</param>
    /// <returns>Sets that the caller disposes. Those of too few calibration rows have all classes, and <see cref="ConformalSets.Caution"/> says how
    /// many
    /// rows the coverage needs.</returns>
    /// <exception cref="ArgumentException">
    /// The prediction is of another model, or of the calibration rows, shapes do not fit, or a probability is NaN.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The coverage is outside its range.</exception>
    public ConformalSets Sets(Predictive prediction, double coverage = 0.9, Tensor? groups = null, Tensor? weights = null)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        Require.Mass(coverage);
        string? approximate = _origin.RequireFits(prediction);
        _ = ClassProbabilities.Read(prediction.Mean);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (quantiles, few) = _scores.Quantiles(coverage, prediction.Mean.shape[0], groups, weights, "the sets have all classes");
        var scores = ScoresOf(prediction, _options, "conformal prediction");
        var contains = scores.le(tensor(quantiles).unsqueeze(1).to(scores.device));
        if (_options.IncludeMostProbable)
            contains.scatter_(1, ProbabilitiesOf(prediction).argmax(1, keepdim: true), ones([contains.shape[0], 1], ScalarType.Bool, scores.device));
        return new ConformalSets(
            contains.MoveToOuterDisposeScope(), contains.sum([1L], type: ScalarType.Int64).MoveToOuterDisposeScope(), coverage,
            Cautions.Join([prediction.Caution, few, approximate]));
    }

    /// <summary>Returns the score.</summary>
    public override string ToString() => $"ConformalClassification({_options.Score})";

    private static Tensor ScoresOf(Predictive prediction, ConformalClassificationOptions options, string use)
    {
        var probabilities = ProbabilitiesOf(prediction);
        var scores = options.Score.Of(probabilities, UniformRows.Of(options.Seed, use, probabilities.shape[0], probabilities.device));
        return scores.shape.AsSpan().SequenceEqual(probabilities.shape) ? scores : throw new ArgumentException(
            $"The score returned shape {Shapes.Describe(scores.shape)}; expected {Shapes.Describe(probabilities.shape)}, a number for each class.",
            nameof(options));
    }

    /// <summary>Returns the probabilities of all classes, <c>[B, C]</c>, in double precision, also of two.</summary>
    private static Tensor ProbabilitiesOf(Predictive prediction)
    {
        var mean = prediction.Mean.to(ScalarType.Float64);
        if (mean.ndim == 2 && mean.shape[1] > 1)
            return mean;
        var one = mean.flatten();
        return stack([one.neg().add_(Scalars.One, Scalars.One), one], 1);
    }

    /// <summary>Refuses predictions without classes, of one class only, with several labels, or of several places.</summary>
    private static void RequireClasses(Predictive prediction, string name)
    {
        long[] shape = prediction.Mean.shape;
        if (prediction.Likelihood is not ClassLikelihood)
            throw new ArgumentException(
                $"The prediction has the likelihood {prediction.Likelihood}; expected one over classes; use ConformalRegression.", name);
        // An entropy for each number of the mean: the numbers are probabilities of separate events, and otherwise of classes.
        bool isOfClasses = prediction.TotalEntropy.ndim < shape.Length;
        if (prediction.TotalEntropy.numel() != shape[0] || shape.Length > 2)
            throw new ArgumentException(
                $"The prediction has shape {Shapes.Describe(shape)}, several labels or places for each row, which are not exchangeable with each "
                + "other; expected one class for each row.", name);
        if (isOfClasses && shape[1] == 1)
            throw new ArgumentException($"The prediction has shape {Shapes.Describe(shape)}, one class only; expected at least two.", name);
    }
}
