using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Kernels;

/// <summary>The memory of a tensor that is <see cref="TensorMemory.IsPlain(Tensor, ScalarType)">plain</see>, for loops in managed code.</summary>
/// <remarks>
/// Does not keep the tensor alive: the caller holds the tensor, undisposed, while it uses the memory, which the native library does not move. Each
/// span is checked against the length of the tensor at the time of the lookup.
/// </remarks>
internal readonly struct TensorMemory<T> where T : unmanaged
{
    private readonly nint _address;
    private readonly long _length;

    /// <summary>Creates a view of the memory of a tensor of this element type.</summary>
    public TensorMemory(Tensor tensor)
    {
        _length = tensor.numel();
        _address = Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref MemoryMarshal.GetReference(First(tensor)));
    }

    /// <summary>Gets the number of elements.</summary>
    /// <exception cref="OverflowException">There are more elements than a span can hold.</exception>
    public int Length => checked((int)_length);

    /// <summary>Gets all numbers.</summary>
    /// <inheritdoc cref="Length"/>
    public Span<T> All => Slice(0, Length);

    /// <summary>Returns a part of the numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A part of them is outside the tensor.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T> Slice(long start, int length)
    {
        if (start < 0 || length < 0 || start > _length - length)
            throw OutOfRange(start, length);
        return MemoryMarshal.CreateSpan(ref Unsafe.Add(ref Unsafe.AddByteOffset(ref Unsafe.NullRef<T>(), _address), (nint)start), length);
    }

    // Separate, so that the compiler inlines Slice.
    private ArgumentOutOfRangeException OutOfRange(long start, int length) =>
        new(nameof(start), start, $"start is {start} for {length} numbers of {_length}; expected all of them within the tensor.");

    // TorchSharp refuses to make a span of more than 2 GiB.
    private Span<byte> First(Tensor tensor)
    {
        if (_length <= int.MaxValue / Unsafe.SizeOf<T>())
            return tensor.bytes;
        using var scope = NewDisposeScope();
        return tensor.view(-1).narrow(0, 0, 1).bytes;
    }
}

/// <summary>Determines which tensors managed code can read and write in place, and returns their memory.</summary>
internal static class TensorMemory
{
    /// <summary>Determines whether a tensor is plain: contiguous, on the CPU, of this type, with at most 2³¹ − 1 numbers.</summary>
    public static bool IsPlain(this Tensor tensor, ScalarType dtype) =>
        tensor.dtype == dtype && tensor.device_type == DeviceType.CPU && !tensor.is_sparse && tensor.is_contiguous()
        && tensor.numel() <= int.MaxValue;

    /// <summary>Determines whether a tensor is plain and of single or double precision.</summary>
    public static bool IsPlain(this Tensor tensor) =>
        tensor.dtype is var dtype and (ScalarType.Float32 or ScalarType.Float64) && tensor.IsPlain(dtype);

    /// <summary>Returns the memory of a plain tensor.</summary>
    public static TensorMemory<T> AsMemory<T>(this Tensor tensor) where T : unmanaged => new(tensor);

    /// <summary>Returns all numbers of a plain tensor, which the caller keeps alive.</summary>
    public static Span<T> AsSpan<T>(this Tensor tensor) where T : unmanaged => new TensorMemory<T>(tensor).All;
}
