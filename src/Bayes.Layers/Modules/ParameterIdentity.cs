using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>
/// Identifies a parameter by its memory, to recognise layers that share it: TorchSharp returns the parameter of an <c>nn.Embedding</c> as a new
/// object at each reading.
/// </summary>
/// <param name="Memory">The address of the first element, or of the storage.</param>
/// <param name="Offset">The index of the first element in the storage.</param>
internal readonly record struct ParameterIdentity(nint Memory, long Offset)
{
    /// <summary>Returns the identity of a parameter.</summary>
    public static ParameterIdentity Of(Tensor parameter)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        long offset = parameter.storage_offset();
        if (parameter.device_type == DeviceType.CPU)
            return new(AddressOf(parameter.as_strided([1], [1], offset).bytes), offset);
        // storage<T> of another type returns the storage of a copy, and TorchSharp has none for half precision.
        return parameter.dtype switch
        {
            ScalarType.Float32 => new(parameter.storage<float>().data_ptr(), offset),
            ScalarType.Float64 => new(parameter.storage<double>().data_ptr(), offset),
            _ => new(parameter.Handle, offset),
        };
    }

    /// <summary>Describes the shape and strides. Two layers share a parameter only if these are equal.</summary>
    public static string LayoutOf(Tensor parameter) => $"{Shapes.Describe(parameter.shape)} with strides {Shapes.Describe(parameter.stride())}";

    private static nint AddressOf(Span<byte> bytes) => Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref MemoryMarshal.GetReference(bytes));
}
