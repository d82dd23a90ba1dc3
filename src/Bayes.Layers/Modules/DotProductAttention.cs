using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Modules;

/// <summary>Attention of several heads over projected queries, keys and values.</summary>
internal static class DotProductAttention
{
    /// <summary>
    /// Computes softmax(Q Kᵀ / √(size / heads)) V for each head (Vaswani et al. 2017, "Attention Is All You Need", §3.2, equation 1). A query that
    /// may attend to no key gets zeros.
    /// </summary>
    /// <param name="query"><c>[N, T, size]</c>, the heads' features one after the other.</param>
    /// <param name="key"><c>[N, U, size]</c>.</param>
    /// <param name="value"><c>[N, U, size]</c>.</param>
    /// <param name="heads">Number of heads, a divisor of the size.</param>
    /// <param name="mask">True where a query may attend to a key, or numbers that are added to the products; it broadcasts to
    /// <c>[N, heads, T, U]</c>. Null if there is none.</param>
    /// <param name="isCausal">Whether query t attends only to the keys 0 to t; only without a mask.</param>
    /// <param name="dropout">The probability that a weight of the attention is dropped.</param>
    /// <returns><c>[N, T, size]</c>.</returns>
    public static Tensor Of(Tensor query, Tensor key, Tensor value, long heads, Tensor? mask, bool isCausal, double dropout)
    {
        using var scope = NewDisposeScope();
        return functional.scaled_dot_product_attention(ByHead(query), ByHead(key), ByHead(value), mask!, dropout, isCausal)
            .transpose(1, 2).reshape(query.shape).MoveToOuterDisposeScope();

        Tensor ByHead(Tensor features) => features.unflatten(2, heads, features.shape[^1] / heads).transpose(1, 2);
    }

    /// <summary>Returns true where query t may attend to key u ≤ t: <c>[1, 1, T, U]</c>.</summary>
    public static Tensor CausalMask(long queries, long keys, Device device)
    {
        using var scope = NewDisposeScope();
        return ones([1, 1, queries, keys], ScalarType.Bool, device).tril().MoveToOuterDisposeScope();
    }
}
