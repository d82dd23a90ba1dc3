using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>Reads and writes the bytes of a contiguous tensor on the CPU, in pieces, since a span holds at most 2 GiB.</summary>
internal static class TensorBytes
{
    private const long ElementsPerPiece = 1 << 24;

    /// <summary>Reads the bytes of a tensor from a stream.</summary>
    public static void Read(Stream stream, Tensor tensor) => ForEachPiece(tensor, piece => stream.ReadExactly(piece.bytes));

    /// <summary>Writes the bytes of a tensor to a stream.</summary>
    public static void Write(Stream stream, Tensor tensor) => ForEachPiece(tensor, piece => stream.Write(piece.bytes));

    private static void ForEachPiece(Tensor tensor, Action<Tensor> action)
    {
        long count = tensor.numel();
        for (long start = 0; start < count; start += ElementsPerPiece)
        {
            using var scope = NewDisposeScope();
            action(tensor.view(-1).narrow(0, start, Math.Min(ElementsPerPiece, count - start)));
        }
    }
}
