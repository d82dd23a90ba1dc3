using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>A 64-bit number that tells tensors apart: against mix-ups, not against forgers. The same on every machine.</summary>
internal static class Fingerprint
{
    private const ulong Start = 0xcbf29ce484222325;
    private const ulong Multiplier = 0x9E3779B97F4A7C15;
    private const long ElementsAtATime = 1 << 20;

    /// <summary>Of the element type, the shape and every element.</summary>
    public static ulong Of(Tensor tensor)
    {
        ulong hash = Mix(Start, (ulong)tensor.dtype);
        foreach (long size in tensor.shape)
            hash = Mix(hash, (ulong)size);
        using var scope = NewDisposeScope();
        var flat = tensor.detach().reshape(-1);
        for (long start = 0; start < flat.shape[0]; start += ElementsAtATime)
        {
            using var part = NewDisposeScope();
            hash = OfBytes(hash, flat.narrow(0, start, Math.Min(ElementsAtATime, flat.shape[0] - start)).cpu().contiguous().bytes);
        }
        return hash;
    }

    /// <summary>Of the names, the shapes and some elements of each tensor, however large: enough to tell a trained model from another.</summary>
    public static ulong OfSome(IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        const long most = 256;
        ulong hash = Start;
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in tensors)
        {
            hash = Mix(hash, NamedNormals.Stream(name));
            var flat = tensor.detach().reshape(-1);
            long length = flat.shape[0], step = Math.Max(1, length / most);
            hash = Mix(hash, Of(step == 1 ? flat : flat.slice(0, 0, length, step)));
        }
        return hash;
    }

    private static ulong OfBytes(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes))
            hash = Mix(hash, word);
        foreach (byte rest in bytes[(bytes.Length & ~7)..])
            hash = Mix(hash, rest);
        return hash;
    }

    private static ulong Mix(ulong hash, ulong word) => BitOperations.RotateLeft((hash ^ word) * Multiplier, 29);
}
