using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>Measures how large the values are that pass between modules.</summary>
internal sealed class PassProbe
{
    /// <summary>Gets the bytes of the largest value of all that were seen.</summary>
    public long LargestBytes { get; private set; }

    /// <summary>Measures a value.</summary>
    public void See(Tensor value) => LargestBytes = Math.Max(LargestBytes, value.numel() * value.element_size());
}
