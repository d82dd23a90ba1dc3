using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>The posterior's mean, and a look at how large the values are that pass between the layers.</summary>
internal sealed class PassProbe() : Estimator(samples: 1)
{
    /// <summary>The bytes of the largest value of all that were seen.</summary>
    public long LargestBytes { get; private set; }

    internal override void See(Tensor value) => LargestBytes = Math.Max(LargestBytes, value.numel() * value.element_size());

    /// <inheritdoc/>
    protected override Tensor EstimateOutput(BilinearMap map, Tensor input, MeanFieldNormal weight, MeanFieldNormal? bias)
    {
        var output = PosteriorMean.Instance.Estimate(map, input, weight, bias);
        See(input);
        See(output);
        return output;
    }
}
