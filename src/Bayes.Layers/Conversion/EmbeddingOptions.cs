using System.Runtime.InteropServices;
using Bayes.Layers.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>The options that an <c>nn.Embedding</c> was made with and does not tell.</summary>
/// <param name="PaddingIndex">The row that gets no gradient, or null.</param>
/// <param name="HasMaxNorm">Whether rows are renormalised when they are looked up.</param>
/// <param name="IsSparse">Whether the gradient is a sparse tensor.</param>
/// <param name="ScalesByFrequency">Whether gradients are divided by how often a row was looked up.</param>
internal sealed record EmbeddingOptions(long? PaddingIndex, bool HasMaxNorm, bool IsSparse, bool ScalesByFrequency)
{
    // Larger than any norm that somebody would write.
    private static readonly Scalar HugeNumber = 1e300;

    /// <summary>
    /// Finds the options out by two lookups of every row, and their gradient. The embedding looks up a table of its own for that time, of one
    /// column, so that its weight and gradient stay untouched; no other thread may use it meanwhile.
    /// </summary>
    /// <param name="embedding">The embedding; it is as before afterwards.</param>
    public static EmbeddingOptions Of(Embedding embedding)
    {
        using var scope = NewDisposeScope();
        using var gradient = enable_grad();
        var weight = embedding.weight!;
        var listed = embedding.get_parameter(nameof(embedding.weight))!;
        long count = weight.shape[0];
        var table = new Parameter(full([count, 1], HugeNumber, ScalarType.Float64, weight.device));
        var indices = arange(count, ScalarType.Int64, weight.device).repeat(2);
        Tensor rows;
        try
        {
            embedding.weight = table;
            rows = embedding.forward(indices);
            rows.sum().backward();
        }
        catch (ExternalException exception)
        {
            throw new ArgumentException($"the gradient of a lookup cannot be computed: {exception.Message.Split('\n')[0].TrimEnd()}", exception);
        }
        finally
        {
            // The object that was listed before; but the module of Embedding_from_pretrained lists another weight than it uses, a fault of
            // TorchSharp's.
            embedding.weight = ParameterIdentity.Of(listed) == ParameterIdentity.Of(weight) ? listed : weight.Owned();
        }
        var slopes = table.grad!;
        bool isSparse = slopes.is_sparse;
        if (isSparse)
            slopes = slopes.to_dense();
        // Two lookups of a row: a gradient of 2, or of 1 where it is divided by their number, and 0 for the padding.
        var untouched = slopes.flatten().eq(Scalars.Zero).nonzero().flatten();
        return new EmbeddingOptions(
            untouched.numel() > 0 ? untouched[0].ReadInt64() : null,
            rows.detach().ne(HugeNumber).any().ReadBoolean(), isSparse, slopes.eq(Scalars.One).any().ReadBoolean());
    }
}
