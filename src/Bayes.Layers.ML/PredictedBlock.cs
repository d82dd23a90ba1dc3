using Bayes.Layers.Data;
using static TorchSharp.torch;

namespace Bayes.Layers.ML;

/// <summary>The prediction of some rows, from which columns take their numbers. It lives as long as its dispose scope.</summary>
/// <param name="prediction">The prediction of the scaled label.</param>
/// <param name="scaling">The scaling of the label.</param>
/// <param name="mass">The probability between Lower and Upper.</param>
internal sealed class PredictedBlock(Predictive prediction, ColumnScaling scaling, double mass)
{
    private readonly Lazy<(Tensor Lower, Tensor Upper)> _target = new(() => prediction.PredictionInterval(mass));
    private readonly Lazy<(Tensor Lower, Tensor Upper)> _mean = new(() => prediction.CredibleInterval(mass));

    /// <summary>Gets the prediction of the scaled label.</summary>
    public Predictive Prediction => prediction;

    /// <summary>Gets the prediction interval of the scaled label; needs samples.</summary>
    public (Tensor Lower, Tensor Upper) PredictionInterval => _target.Value;

    /// <summary>Gets the credible interval of the mean; needs samples.</summary>
    public (Tensor Lower, Tensor Upper) CredibleInterval => _mean.Value;

    /// <summary>Returns means or quantiles in the label's unit.</summary>
    public float[] InUnit(Tensor values) => Numbers(scaling.ToTargetUnit(values));

    /// <summary>Returns standard deviations in the label's unit.</summary>
    public float[] Spread(Tensor stddev) => Numbers(scaling.ToTargetSpread(stddev));

    /// <summary>Returns the numbers of a tensor.</summary>
    public static float[] Numbers(Tensor tensor) => tensor.to(float32).cpu().contiguous().data<float>().ToArray();
}
