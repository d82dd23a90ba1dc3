using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>The numbers of a tensor where they lie, for loops of the library's own: a contiguous one on the CPU, in single or double precision.</summary>
/// <remarks>
/// Does not keep the tensor: whoever makes one holds on to the tensor, undisposed, for as long as the numbers are used. Its memory is the
/// native library's and does not move; every span of it is checked against the length that the tensor had.
/// </remarks>
internal readonly struct Numbers<T> where T : unmanaged
{
    private readonly nint _address;

    /// <summary>The numbers of a tensor of this element type that is <see cref="Numbers.InReach(Tensor)">in reach</see>.</summary>
    public Numbers(Tensor tensor)
    {
        var values = MemoryMarshal.Cast<byte, T>(tensor.bytes);
        Length = values.Length;
        _address = Unsafe.ByteOffset(ref Unsafe.NullRef<T>(), ref MemoryMarshal.GetReference(values));
    }

    /// <summary>How many there are.</summary>
    public int Length { get; }

    /// <summary>All of them.</summary>
    public Span<T> All => MemoryMarshal.CreateSpan(ref Unsafe.AddByteOffset(ref Unsafe.NullRef<T>(), _address), Length);

    /// <summary>Some of them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not all within the tensor.</exception>
    public Span<T> Slice(int start, int length) => All.Slice(start, length);
}

/// <summary>Which tensors have <see cref="Numbers{T}"/>.</summary>
internal static class Numbers
{
    /// <summary>Whether a tensor's numbers can be read and written in place: it is contiguous, on the CPU, of single or double precision, and below 2 GiB.</summary>
    public static bool InReach(Tensor tensor) => tensor.dtype is ScalarType.Float32 or ScalarType.Float64 && HasPlainMemory(tensor);

    /// <summary>Whether, in addition, they are of one element type.</summary>
    public static bool InReach(Tensor tensor, ScalarType dtype) => tensor.dtype == dtype && HasPlainMemory(tensor);

    private static bool HasPlainMemory(Tensor tensor) =>
        tensor.device_type == DeviceType.CPU && !tensor.is_sparse && tensor.is_contiguous() && tensor.numel() <= int.MaxValue / tensor.element_size();
}
