using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Graphs;

/// <summary>
/// Numbers as torch takes them, made once: the collector may free a temporary one while native code reads it
/// (decision 7). Operations with an optional factor make one themselves, so it is always passed.
/// </summary>
internal static class Numbers
{
    /// <summary>0.</summary>
    public static readonly Scalar Zero = 0.0;

    /// <summary>1.</summary>
    public static readonly Scalar One = 1.0;

    /// <summary>Returns the sum of two tensors.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, One);

    /// <summary>Returns the sum of a tensor and a number.</summary>
    public static Tensor Plus(this Tensor a, double b)
    {
        using Scalar number = b;
        return a.add(number, One);
    }

    /// <summary>Determines whether all numbers are finite.</summary>
    public static bool AreFinite(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.isfinite().all().cpu().data<bool>()[0];
    }
}
