using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>Measures the size of the values that pass between modules.</summary>
internal sealed class PassProbe
{
    /// <summary>Gets the bytes of one row of the largest value so far.</summary>
    public long LargestBytes { get; private set; }

    /// <summary>Gets the bytes of one row of all values so far.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Measures a value <c>[1, B, …]</c>.</summary>
    public void See(Tensor value) => See(value, rows: value.shape[1]);

    /// <summary>Measures a value of a number of rows.</summary>
    public void See(Tensor value, long rows)
    {
        long bytes = value.numel() * value.element_size() / rows;
        LargestBytes = Math.Max(LargestBytes, bytes);
        TotalBytes += bytes;
    }
}
