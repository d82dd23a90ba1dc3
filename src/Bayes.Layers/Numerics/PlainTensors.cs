using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>Tensors whose numbers managed code can read and write where they are: single precision on the CPU, one number after the other.</summary>
internal static class PlainTensors
{
    // A span of bytes holds no more than this many numbers.
    private const long MostInSpan = int.MaxValue / sizeof(float);

    /// <summary>Whether it is such a tensor.</summary>
    public static bool IsPlain(this Tensor tensor) =>
        tensor.device_type == DeviceType.CPU && tensor.dtype == ScalarType.Float32 && !tensor.is_sparse && tensor.is_contiguous();

    /// <summary>Some of the numbers of a plain tensor, which must outlive them.</summary>
    public static Span<float> Floats(this Tensor tensor, long start, long length)
    {
        if (tensor.numel() <= MostInSpan)
            return MemoryMarshal.Cast<byte, float>(tensor.bytes).Slice((int)start, (int)length);
        using var scope = NewDisposeScope();
        return MemoryMarshal.Cast<byte, float>(tensor.view(-1).narrow(0, start, length).bytes);
    }

    /// <summary>All numbers of a plain tensor, which must outlive them.</summary>
    public static Span<float> Floats(this Tensor tensor) => tensor.Floats(0, tensor.numel());
}
