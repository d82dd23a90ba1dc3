using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>The bytes of a contiguous tensor on the CPU, in pieces, since a span holds no more than 2 GiB.</summary>
internal static class TensorBytes
{
    private const long NumbersPerPiece = 1 << 24;

    /// <summary>Fills a tensor.</summary>
    public static void Read(Stream stream, Tensor tensor) => ForEachPiece(tensor, piece => stream.ReadExactly(piece.bytes));

    /// <summary>Writes a tensor.</summary>
    public static void Write(Stream stream, Tensor tensor) => ForEachPiece(tensor, piece => stream.Write(piece.bytes));

    private static void ForEachPiece(Tensor tensor, Action<Tensor> action)
    {
        long count = tensor.numel();
        for (long start = 0; start < count; start += NumbersPerPiece)
        {
            using var scope = NewDisposeScope();
            action(tensor.view(-1).narrow(0, start, Math.Min(NumbersPerPiece, count - start)));
        }
    }
}
