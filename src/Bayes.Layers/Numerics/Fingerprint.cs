using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>Computes 64-bit hashes of tensors that detect mix-ups, not forgeries. The same on every machine.</summary>
internal static class Fingerprint
{
    private const ulong Start = 0xcbf29ce484222325;
    private const ulong Multiplier = 0x9E3779B97F4A7C15;
    private const int Lanes = 4;
    private const long ElementsAtATime = 1 << 20;

    // What is read of a large tensor of a model.
    private const int Samples = 16;
    private const int SampleLength = 1 << 10;

    /// <summary>Returns the fingerprint of a tensor's element type, shape and elements.</summary>
    public static ulong Of(Tensor tensor) => Add(Start, tensor);

    /// <summary>Combines two fingerprints, in order.</summary>
    public static ulong Of(ulong first, ulong second) => Mix(Mix(Start, first), second);

    /// <summary>Returns the fingerprint of named tensors, in order.</summary>
    public static ulong Of(IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        ulong hash = Start;
        foreach (var (name, tensor) in tensors)
            hash = Add(Mix(hash, NamedNormals.Stream(name)), tensor);
        return hash;
    }

    /// <summary>
    /// Returns the fingerprint of a model's named tensors, in order. Of a tensor with more than 2²⁰ elements it reads 16 parts of 2¹⁰, evenly spread
    /// from the first to the last element: models that were trained differently differ everywhere, and reading a table of words would take longer
    /// than predicting with it.
    /// </summary>
    public static ulong OfModel(IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        ulong hash = Start;
        foreach (var (name, tensor) in tensors)
        {
            hash = Mix(hash, NamedNormals.Stream(name));
            hash = tensor.numel() > ElementsAtATime ? AddSamples(hash, tensor) : Add(hash, tensor);
        }
        return hash;
    }

    private static ulong AddSamples(ulong hash, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var flat = tensor.detach().reshape(-1);
        long last = flat.numel() - SampleLength, stride = last / (Samples - 1);
        var first = flat.as_strided([Samples - 1, SampleLength], [stride, 1], flat.storage_offset()).reshape(-1);
        var samples = cat([first, flat.narrow(0, last, SampleLength)]);
        return OfBytes(AddKind(hash, tensor), samples.cpu().contiguous().bytes);
    }

    private static ulong AddKind(ulong hash, Tensor tensor)
    {
        hash = Mix(hash, (ulong)tensor.dtype);
        foreach (long size in tensor.shape)
            hash = Mix(hash, (ulong)size);
        return hash;
    }

    private static ulong Add(ulong hash, Tensor tensor)
    {
        hash = AddKind(hash, tensor);
        long length = tensor.numel();
        if (length <= ElementsAtATime && tensor.device_type == DeviceType.CPU && tensor.is_contiguous())
            return OfBytes(hash, tensor.bytes);
        using var scope = NewDisposeScope();
        var flat = tensor.detach().reshape(-1);
        for (long start = 0; start < length; start += ElementsAtATime)
        {
            using var part = NewDisposeScope();
            hash = OfBytes(hash, flat.narrow(0, start, Math.Min(ElementsAtATime, length - start)).cpu().contiguous().bytes);
        }
        return hash;
    }

    private static ulong OfBytes(ulong hash, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        int i = 0;
        if (words.Length >= Lanes)
        {
            // A step waits for the one before: four chains take a quarter of the time.
            ulong first = Mix(hash, 0), second = Mix(hash, 1), third = Mix(hash, 2), fourth = Mix(hash, 3);
            for (; i <= words.Length - Lanes; i += Lanes)
            {
                first = Mix(first, words[i]);
                second = Mix(second, words[i + 1]);
                third = Mix(third, words[i + 2]);
                fourth = Mix(fourth, words[i + 3]);
            }
            hash = Mix(Mix(Mix(first, second), third), fourth);
        }
        foreach (ulong word in words[i..])
            hash = Mix(hash, word);
        foreach (byte rest in bytes[(bytes.Length & ~7)..])
            hash = Mix(hash, rest);
        return hash;
    }

    private static ulong Mix(ulong hash, ulong word) => BitOperations.RotateLeft((hash ^ word) * Multiplier, 29);
}
