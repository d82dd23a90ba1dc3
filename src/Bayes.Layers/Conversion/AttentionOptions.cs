using Bayes.Layers.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>The options of an <c>nn.MultiheadAttention</c>, which TorchSharp does not expose.</summary>
/// <param name="Heads">Number of heads.</param>
/// <param name="Dropout">The probability that a weight of the attention is dropped.</param>
internal sealed record AttentionOptions(long Heads, double Dropout)
{
    // Many enough that some are kept with any probability below 1 that makes sense.
    private const long Trials = 4096;

    // Its square, scaled by the size of a head, decides a softmax, and half precision has it.
    private static readonly Scalar Decisive = 100.0;
    private static readonly Scalar BetweenHalfAndOne = 0.75;

    /// <summary>
    /// Infers the options from two calls with weights that show them. The weights are restored afterwards; no other thread may use the module
    /// meanwhile.
    /// </summary>
    /// <exception cref="ArgumentException">The module has an option that its Bayesian counterpart lacks.</exception>
    public static AttentionOptions Of(MultiheadAttention attention)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        if (attention.named_parameters().Any(each => each.name == "bias_k"))
            throw new ArgumentException("it has add_bias_kv, a key and a value of its own; expected a MultiheadAttention without it.");
        using var values = new TemporaryValues(attention);
        var (queryWeight, keyWeight, valueWeight) = Projections(values);
        var output = values.Named("out_proj.weight").Single();
        long size = output.shape[0];
        using Scalar one = 1;
        // Queries and keys differ in the first feature of the first head alone; every feature of a value is its first.
        queryWeight[0, 0].fill_(one);
        keyWeight[0, 0].fill_(one);
        valueWeight.select(1, 0).fill_(one);
        output.copy_(eye(size, dtype: output.dtype, device: output.device));

        // The first head attends to the second key, the others to both alike.
        attention.train(false);
        Tensor query = Steps(1, queryWeight), key = Steps(2, keyWeight), value = Steps(2, valueWeight);
        query[0, 0, 0].fill_(Decisive);
        key[1, 0, 0].fill_(Decisive);
        value[1, 0, 0].fill_(one);
        var (mixed, weights) = attention.call(query, key, value);
        if (weights.shape[^1] != 2)
            throw new ArgumentException("it has add_zero_attn, a key and a value of zeros; expected a MultiheadAttention without it.");
        long headSize = mixed.gt(BetweenHalfAndOne).sum().ReadInt64();

        // A single key has the weight 1, which is dropped or scaled up.
        attention.train(true);
        var only = value.narrow(0, 1, 1);
        double kept = attention.call(Steps(Trials, queryWeight), key.narrow(0, 1, 1), only).Item1.max().ReadDouble();
        return new AttentionOptions(size / headSize, ProbabilityOf(kept, output.dtype));

        static Tensor Steps(long count, Tensor weight) => zeros([count, 1, weight.shape[1]], weight.dtype, weight.device);
    }

    /// <summary>Returns the probability of a dropout that scales what it keeps up to a factor.</summary>
    /// <exception cref="ArgumentException">It keeps nothing.</exception>
    public static double ProbabilityOf(double factor, ScalarType type)
    {
        if (factor == 0)
            throw new ArgumentException("its dropout is 1, so it drops everything; expected a probability below 1.");
        // The digits that the type has.
        int digits = type switch { ScalarType.Float64 => 12, ScalarType.Float32 => 5, _ => 2 };
        return Math.Max(0, Math.Round(1 - 1 / factor, digits));
    }

    private static (Tensor Query, Tensor Key, Tensor Value) Projections(TemporaryValues values) =>
        values.Named("in_proj_weight").SingleOrDefault() is { } joined
            ? joined.chunk(3) is [var query, var key, var value] ? (query, key, value) : default
            : (values.Named("q_proj_weight").Single(), values.Named("k_proj_weight").Single(), values.Named("v_proj_weight").Single());
}
