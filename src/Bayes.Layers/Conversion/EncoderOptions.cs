using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>
/// The options of an <c>nn.TransformerEncoderLayer</c>, or of the layers of an <c>nn.TransformerEncoder</c>, which TorchSharp does not expose.
/// </summary>
/// <param name="Heads">Number of heads.</param>
/// <param name="Activation">The activation.</param>
/// <param name="Dropout">The probability of dropout, everywhere in a layer.</param>
internal sealed record EncoderOptions(long Heads, nn.Activations Activation, double Dropout)
{
    private const double Epsilon = 1e-5;
    private const long Trials = 4096;

    // Of the size of the root of epsilon, so that a normalization shows it.
    private const double Shown = 3e-3;

    /// <summary>
    /// Infers the options from calls with weights that show them. The weights are restored afterwards; no other thread may use the module meanwhile.
    /// </summary>
    /// <param name="module">A layer, or a stack of equal layers.</param>
    /// <param name="call">Calls it: <c>[T, B, size]</c> → <c>[T, B, size]</c>.</param>
    /// <exception cref="ArgumentException">The module computes something else than a layer with any options.</exception>
    public static EncoderOptions Of(nn.Module module, Func<Tensor, Tensor> call)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var values = new TemporaryValues(module);
        var (heads, activation) = HeadsAndActivation(module, call, values);
        return new EncoderOptions(heads, activation, DropoutOf(module, call, values));
    }

    /// <summary>Compares the output for weights that are drawn with that of every possible layer.</summary>
    private static (long Heads, nn.Activations Activation) HeadsAndActivation(nn.Module module, Func<Tensor, Tensor> call, TemporaryValues values)
    {
        using var noise = new TorchNoise(seed: 1);
        var layers = new List<Dictionary<string, Tensor>>();
        foreach (var (path, value) in values.All)
        {
            using Scalar scale = value.ndim == 2 ? 2 / Math.Sqrt(value.shape[1]) : 0.5;
            value.copy_(noise.StandardNormal(value.shape, value.dtype, value.device).mul(scale));
            // Of a stack, the layers come one after the other.
            string[] parts = path.Split('.');
            string name = string.Join('.', parts[0] == "layers" ? parts[2..] : parts);
            if (layers.Count == 0 || layers[^1].ContainsKey(name))
                layers.Add([]);
            layers[^1].Add(name, value);
        }
        long size = layers[0]["norm1.weight"].shape[0];
        var input = noise.StandardNormal([1, 4, size], layers[0]["norm1.weight"].dtype, layers[0]["norm1.weight"].device);
        module.train(false);
        var found = call(input.transpose(0, 1)).transpose(0, 1);
        double least = double.PositiveInfinity;
        (long, nn.Activations) best = default;
        for (long heads = 1; heads <= size; heads++)
            if (size % heads == 0)
                foreach (var activation in Enum.GetValues<nn.Activations>())
                {
                    using var inner = NewDisposeScope();
                    var settings = new EncoderSettings(activation, NormFirst: false, SequenceFirst: false);
                    var expected = layers.Aggregate(input, (value, weights) => Run(value, weights, heads, settings));
                    double difference = expected.add(found, Scalars.MinusOne).abs().max().ReadDouble();
                    if (difference < least)
                        (least, best) = (difference, (heads, activation));
                }
        // Outputs are of the size 1.
        double tolerance = found.dtype switch { ScalarType.Float64 => 1e-9, ScalarType.Float32 => 1e-3, _ => 0.1 };
        return least <= tolerance
            ? best
            : throw new ArgumentException(
                $"it computes something else than a layer of a transformer's encoder with any options: the nearest differs by {least:g3}.");
    }

    private static Tensor Run(Tensor value, Dictionary<string, Tensor> weights, long heads, EncoderSettings settings)
    {
        long size = value.shape[2];
        var projected = Linear(value, "self_attn.in_proj_weight", "self_attn.in_proj_bias").chunk(3, -1);
        var mixed = DotProductAttention.Of(projected[0], projected[1], projected[2], heads, mask: null, isCausal: false, dropout: 0);
        value = Normalized(value.add(Linear(mixed, "self_attn.out_proj.weight", "self_attn.out_proj.bias"), Scalars.One), "norm1");
        var hidden = settings.Activate(Linear(value, "linear1.weight", "linear1.bias"));
        return Normalized(value.add(Linear(hidden, "linear2.weight", "linear2.bias"), Scalars.One), "norm2");

        Tensor Linear(Tensor features, string weight, string bias) => nn.functional.linear(features, weights[weight], weights[bias]);

        Tensor Normalized(Tensor features, string norm) =>
            nn.functional.layer_norm(features, [size], weights[$"{norm}.weight"], weights[$"{norm}.bias"], Epsilon);
    }

    /// <summary>
    /// Makes the last dropout see a small number in one feature, and zeros in the others, and reads the result off the normalization.
    /// </summary>
    private static double DropoutOf(nn.Module module, Func<Tensor, Tensor> call, TemporaryValues values)
    {
        values.Clear();
        using Scalar one = 1, shown = Shown;
        foreach (var bias in values.Named("linear2.bias"))
            bias[0].fill_(shown);
        foreach (var weight in values.Named("norm2.weight"))
            weight.fill_(one);
        var norm = values.Named("norm2.weight").First();
        long size = norm.shape[0];
        // The normalization of a single feature is 0, whatever is dropped.
        if (size == 1)
            return 0;
        module.train(true);
        var normalized = call(zeros([1, Trials, size], norm.dtype, norm.device)).select(0, 0);
        // Mean of squares s = v / (v + epsilon) for the variance v, and v = m² (size − 1) / size² for the number m.
        var squares = normalized.to(ScalarType.Float64);
        double share = squares.mul(squares).mean([-1L]).max().ReadDouble();
        double variance = Epsilon * share / (1 - share);
        double kept = Math.Sqrt(variance / (size - 1)) * size;
        return AttentionOptions.ProbabilityOf(kept / Shown, norm.dtype);
    }
}
