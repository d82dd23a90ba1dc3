using static TorchSharp.torch;

namespace Bayes.Layers.Conformal;

/// <summary>
/// A number for each target that says how badly it fits its prediction, and the interval of all targets whose number is at most a given one. Derive
/// from it for another.
/// </summary>
public abstract class RegressionScore
{
    /// <summary>
    /// Gets |y − mean| / total standard deviation, for intervals mean ± q · total standard deviation (Lei, G'Sell, Rinaldo, Tibshirani &amp;
    /// Wasserman 2018, "Distribution-Free Predictive Inference for Regression", §5.2). Every prediction has it.
    /// </summary>
    public static RegressionScore ScaledResiduals { get; } = new ScaledResiduals();

    /// <summary>
    /// Returns how far y lies outside the predicted interval, below 0 inside it, for intervals that are wider or narrower by q on both sides
    /// (Romano, Patterson &amp; Candès 2019, "Conformalized Quantile Regression", equation 6). Needs kept samples.
    /// </summary>
    /// <param name="mass">The mass of the predicted interval; best near the coverage that is asked for. Above 0, below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The mass is outside its range.</exception>
    public static RegressionScore Quantiles(double mass = 0.9) => new ConformalizedQuantiles(mass);

    /// <summary>Returns the score of each target.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="target">y, of the shape of the prediction's mean, in double precision.</param>
    /// <returns>A tensor of the target's shape, which belongs to the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The prediction has no such score.</exception>
    public abstract Tensor Of(Predictive prediction, Tensor target);

    /// <summary>Returns the ends of the intervals of targets whose score is at most a given one.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="quantile">The largest score, in double precision, which broadcasts with the prediction's mean; infinity gives an infinite
    /// interval.</param>
    /// <returns>Tensors of the mean's shape, which belong to the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The prediction has no such score.</exception>
    public abstract (Tensor Lower, Tensor Upper) Interval(Predictive prediction, Tensor quantile);
}
