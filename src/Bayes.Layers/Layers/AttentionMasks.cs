using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// What queries must not attend to, as PyTorch's <c>nn.MultiheadAttention</c> takes it. Masks have no axis of draws: they are the same for all
/// draws.
/// </summary>
/// <remarks>
/// A mask of type Bool is true where a query must not attend to a key. A mask of numbers is added to the products of queries and keys, so −∞ has the
/// same effect. (TorchSharp's own modules add a Bool attention mask as the number 1.) A query that may attend to no key, such as those of a row that
/// is all padding, gets attention of zero, so the output is the bias of <c>out_proj</c>; TorchSharp's own modules return NaN.
/// </remarks>
/// <param name="Attention">
/// <c>[T, U]</c> for T queries and U keys, or <c>[B · heads, T, U]</c> with the heads of a row together; null if there is none.
/// </param>
/// <param name="KeyPadding"><c>[B, U]</c>, true at the keys that are padding; null if there are none.</param>
/// <param name="IsCausal">Whether query t attends only to the keys 0 to t, in addition to the masks.</param>
public readonly record struct AttentionMasks(Tensor? Attention = null, Tensor? KeyPadding = null, bool IsCausal = false)
{
    /// <summary>Returns the masks as one.</summary>
    /// <param name="sizes">The sizes of the attention.</param>
    /// <param name="dtype">The element type of the products.</param>
    /// <param name="device">The device of the products.</param>
    /// <returns>
    /// True where a query may attend to a key, or numbers to add: <c>[1|S·B, 1|heads, 1|T, U]</c>; null without masks, or if the only one is causal.
    /// </returns>
    /// <exception cref="ArgumentException">A mask does not fit.</exception>
    internal Tensor? Combine(AttentionSizes sizes, ScalarType dtype, Device device)
    {
        if (Attention is null && KeyPadding is null)
            return null;
        using var scope = NewDisposeScope();
        Tensor? allowed = IsCausal ? DotProductAttention.CausalMask(sizes.Queries, sizes.Keys, device) : null, added = null;
        if (Attention is { } attention)
            Include(ByHead(attention, sizes), nameof(Attention));
        if (KeyPadding is { } padding)
            Include(ByRow(padding, sizes), nameof(KeyPadding));
        var mask = added is null ? allowed! : allowed is null ? added : added.masked_fill(allowed.logical_not(), Scalars.MinusInfinity);
        if (mask.shape[0] > 1 && sizes.Draws > 1)
            mask = mask.unsqueeze(0).expand([sizes.Draws, .. mask.shape]).flatten(0, 1);
        return mask.MoveToOuterDisposeScope();

        void Include(Tensor mask, string name)
        {
            if (mask.dtype == ScalarType.Bool)
            {
                var other = mask.to(device).logical_not();
                allowed = allowed is null ? other : allowed.logical_and(other);
            }
            else if (mask.is_floating_point())
            {
                var other = mask.to(dtype, device);
                added = added is null ? other : added.add(other, Scalars.One);
            }
            else
                throw new ArgumentException(
                    $"The mask {name} is of type {mask.dtype}; expected Bool, true where a query must not attend to a key, or numbers to add.",
                    "masks");
        }
    }

    private static Tensor ByHead(Tensor mask, AttentionSizes sizes)
    {
        if (mask.shape.AsSpan().SequenceEqual([sizes.Queries, sizes.Keys]))
            return mask.unsqueeze(0).unsqueeze(0);
        if (!mask.shape.AsSpan().SequenceEqual([sizes.Batch * sizes.Heads, sizes.Queries, sizes.Keys]))
            throw new ArgumentException(
                $"The attention mask has shape {Shapes.Describe(mask.shape)}; expected [{sizes.Queries}, {sizes.Keys}], queries and keys, or "
                + $"[{sizes.Batch * sizes.Heads}, {sizes.Queries}, {sizes.Keys}], one for each of {sizes.Heads} heads of each of {sizes.Batch} rows.",
                "masks");
        return mask.unflatten(0, sizes.Batch, sizes.Heads);
    }

    private static Tensor ByRow(Tensor mask, AttentionSizes sizes) =>
        mask.shape.AsSpan().SequenceEqual([sizes.Batch, sizes.Keys])
            ? mask.unsqueeze(1).unsqueeze(1)
            : throw new ArgumentException(
                $"The mask of padding has shape {Shapes.Describe(mask.shape)}; expected [{sizes.Batch}, {sizes.Keys}], rows and keys.", "masks");
}

/// <summary>The sizes of an attention.</summary>
/// <param name="Draws">S.</param>
/// <param name="Batch">B.</param>
/// <param name="Heads">Number of heads.</param>
/// <param name="Queries">T.</param>
/// <param name="Keys">U.</param>
internal readonly record struct AttentionSizes(long Draws, long Batch, long Heads, long Queries, long Keys);
