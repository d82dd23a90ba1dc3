using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>
/// The memory of a parameter, by which two layers that share one are recognised: TorchSharp gives the same parameter of an <c>nn.Embedding</c> as a
/// new object at each reading.
/// </summary>
/// <param name="Memory">The address of the first number, or of the storage.</param>
/// <param name="Offset">The place of the first number in the storage.</param>
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
        // Storages are typed; asked for another type TorchSharp gives that of a copy, and it has none for half precision.
        return parameter.dtype switch
        {
            ScalarType.Float32 => new(parameter.storage<float>().data_ptr(), offset),
            ScalarType.Float64 => new(parameter.storage<double>().data_ptr(), offset),
            _ => new(parameter.Handle, offset),
        };
    }

    /// <summary>Describes how the numbers lie in the memory: two layers share a parameter only if this is the same.</summary>
    public static string LayoutOf(Tensor parameter) => $"{Shapes.Describe(parameter.shape)} with strides {Shapes.Describe(parameter.stride())}";

    private static nint AddressOf(Span<byte> bytes) => Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref MemoryMarshal.GetReference(bytes));
}
