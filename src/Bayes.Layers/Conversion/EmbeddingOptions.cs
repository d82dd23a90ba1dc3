using System.Runtime.InteropServices;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>The options of an <c>nn.Embedding</c> that TorchSharp does not expose.</summary>
/// <param name="PaddingIndex">The row that gets no gradient, or null.</param>
/// <param name="HasMaxNorm">Whether lookups renormalise rows.</param>
/// <param name="IsSparse">Whether the gradient is a sparse tensor.</param>
/// <param name="ScalesByFrequency">Whether gradients are divided by the number of lookups of a row.</param>
internal sealed record EmbeddingOptions(long? PaddingIndex, bool HasMaxNorm, bool IsSparse, bool ScalesByFrequency)
{
    // Larger than any max_norm that somebody would choose.
    private static readonly Scalar HugeValue = 1e300;

    /// <summary>
    /// Infers the options from two lookups of every row and their gradient. Meanwhile the embedding looks up a temporary table of one column, so
    /// that its weight and gradient stay untouched. No other thread may use it during the call.
    /// </summary>
    /// <param name="embedding">The embedding, which is restored afterwards.</param>
    public static EmbeddingOptions Of(Embedding embedding)
    {
        using var scope = NewDisposeScope();
        using var gradient = enable_grad();
        var weight = embedding.weight!;
        var registered = embedding.get_parameter(nameof(embedding.weight))!;
        long count = weight.shape[0];
        var table = new Parameter(full([count, 1], HugeValue, ScalarType.Float64, weight.device));
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
            // Restores the registered object, unless it is not the weight in use: TorchSharp registers another one in Embedding_from_pretrained.
            embedding.weight = ParameterIdentity.Of(registered) == ParameterIdentity.Of(weight) ? registered : weight.Owned();
        }
        var gradients = table.grad!;
        bool isSparse = gradients.is_sparse;
        if (isSparse)
            gradients = gradients.to_dense();
        // Two lookups of a row give a gradient of 2, or 1 if it is divided by their number, or 0 for the padding.
        var withoutGradient = gradients.flatten().eq(Scalars.Zero).nonzero().flatten();
        return new EmbeddingOptions(
            withoutGradient.numel() > 0 ? withoutGradient[0].ReadInt64() : null,
            rows.detach().ne(HugeValue).any().ReadBoolean(), isSparse, gradients.eq(Scalars.One).any().ReadBoolean());
    }
}
