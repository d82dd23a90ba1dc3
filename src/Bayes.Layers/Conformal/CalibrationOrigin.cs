using Bayes.Layers.Prediction;

namespace Bayes.Layers.Conformal;

/// <summary>
/// Where the calibration rows come from: what makes sure that rows to be predicted are other rows, and that their scores are comparable. Immutable.
/// </summary>
internal sealed class CalibrationOrigin
{
    private readonly Provenance? _provenance;
    private readonly string _likelihood;
    private readonly long[] _rowShape;

    private CalibrationOrigin(Predictive calibration)
    {
        _provenance = calibration.Provenance;
        _likelihood = calibration.Likelihood.ToString();
        _rowShape = calibration.Mean.shape[1..];
    }

    /// <summary>Returns the origin of a calibration, or refuses one that was trained on.</summary>
    /// <exception cref="ArgumentException">The calibration is of the training inputs, or its inputs are not known.</exception>
    public static CalibrationOrigin Of(Predictive calibration, NetworkInput? trainingInput)
    {
        if (trainingInput is not null)
        {
            if (calibration.Provenance is null)
                throw new ArgumentException(
                    "The calibration was made from given samples, whose inputs are not known, so they cannot be compared with the training inputs; "
                    + "expected a prediction of MonteCarloPredictive, or no training input.", nameof(calibration));
            if (calibration.Provenance.Input == PredictionRun.FingerprintOf(trainingInput))
                throw new ArgumentException(
                    "The calibration is of the training inputs, whose errors are smaller than those of new rows; expected rows that were not "
                    + "trained on.", nameof(calibration));
        }
        return new CalibrationOrigin(calibration);
    }

    /// <summary>Refuses a prediction that the calibration does not hold for.</summary>
    /// <returns>A sentence if it holds only approximately, or null.</returns>
    /// <exception cref="ArgumentException">The prediction is of another model, or of the calibration rows.</exception>
    public string? RequireFits(Predictive prediction)
    {
        SameModel.Require(_likelihood, _rowShape, _provenance, prediction, nameof(prediction));
        if (_provenance is not { } ours || prediction.Provenance is not { } theirs)
            return null;
        if (ours.Input == theirs.Input)
            throw new ArgumentException(
                "The prediction is of the inputs that were calibrated on, whose scores are known; expected other rows.", nameof(prediction));
        return ours.Seed == theirs.Seed && ours.Draws.AreThoseOf(theirs.Draws)
            ? null
            : $"The calibration rests on draws {ours.Draws} of seed {ours.Seed} and the prediction on draws {theirs.Draws} of seed {theirs.Seed}; "
                + "the coverage is exact only with the same draws.";
    }
}
