using Bayes.Layers.Onnx.Graphs;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation;

/// <summary>
/// The variance of the outputs of a linear layer with normal weights, φ̃ᵀ Σ φ̃ for each output: φ̃ are the features and a 1, and Σ is the covariance
/// of the output's row of weights and its bias (Kristiadi, Hein &amp; Hennig 2020, "Being Bayesian, Even Just a Bit, Fixes Overconfidence in ReLU
/// Networks", §2).
/// </summary>
internal static class LastLayerVariance
{
    // A root of the covariance for each output takes as many numbers as this at most.
    private const long MostNumbers = 1 << 28;

    // How many draws of noise become weights at a time.
    private const long AtATime = 256;

    /// <summary>Adds the variance to a graph.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="features">Its input, <c>[B, in]</c>.</param>
    /// <param name="graph">The graph.</param>
    /// <returns><c>[B, out]</c>.</returns>
    public static GraphValue Of(LastLayer layer, GraphValue features, GraphBuilder graph)
    {
        if (features.Rank != 2)
            throw new NotSupportedException(
                $"The last layer's input has shape {features.DescribeShape()}; expected one vector of features for each row.");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        bool sharesNoise = layer.Weight.Noise.Concat(layer.Bias?.Noise ?? []).Any(noise => noise.SharedName is not null);
        return !sharesNoise && layer.Weight.Parts is { } weight && (layer.Bias is null || layer.Bias.Parts is not null)
            ? OfParts(weight, layer.Bias?.Parts, features, graph)
            : OfRoots(layer, features, graph);
    }

    // Independent weights, and directions that all weights share.
    private static GraphValue OfParts(PosteriorParts weight, PosteriorParts? bias, GraphValue features, GraphBuilder graph)
    {
        var variance = graph.MatMul(
            graph.Square(features), graph.Constant(Double(weight.Independent.Variance()).transpose(0, 1), "last_layer/weight_variance"));
        if (weight.Factor is { } factor)
            variance = graph.Add(variance, graph.Sum(
                graph.Square(graph.MatMul(features, graph.Constant(Double(factor).transpose(1, 2), "last_layer/weight_directions"))),
                keeps: false, 0));
        if (bias is not { } own)
            return variance;
        var ofBias = Double(own.Independent.Variance());
        if (own.Factor is { } directions)
            ofBias = ofBias.Plus(Squares(Double(directions)));
        return graph.Add(variance, graph.Constant(ofBias, "last_layer/bias_variance"));
    }

    // Deviations are linear in the noise: its unit vectors give the columns of a root of the covariance.
    private static GraphValue OfRoots(LastLayer layer, GraphValue features, GraphBuilder graph)
    {
        long outputs = layer.Weight.Mean.shape[0], inputs = layer.Weight.Mean.shape[1], columns = inputs + (layer.Bias is null ? 0 : 1);
        if (outputs * columns * columns > MostNumbers)
            throw new NotSupportedException(
                $"The last layer has {inputs} features and {outputs} outputs, whose covariances take {outputs * columns * columns} numbers; "
                + $"expected at most {MostNumbers}: use a diagonal posterior, or export draws.");
        var covariance = zeros([outputs, columns, columns], ScalarType.Float64);
        foreach (var deviations in Deviations(layer))
        {
            using var scope = NewDisposeScope();
            // [n, out, columns] → [out, n, columns].
            var ofOutputs = deviations.transpose(0, 1);
            covariance.add_(ofOutputs.transpose(1, 2).bmm(ofOutputs), Numbers.One);
            deviations.Dispose();
        }
        var (values, vectors) = linalg.eigh(covariance);
        // [out, columns, columns], whose product with its transpose is the covariance.
        var root = vectors.mul(values.clamp_min(Numbers.Zero).sqrt().unsqueeze(1));
        var projected = graph.MatMul(features, graph.Constant(root.narrow(1, 0, inputs), "last_layer/root"));
        if (layer.Bias is not null)
            projected = graph.Add(projected, graph.Constant(root.narrow(1, inputs, 1), "last_layer/bias_root"));
        return graph.Transpose(graph.Sum(graph.Square(projected), keeps: false, -1), 1, 0);
    }

    // [n, out, in + 1], for all noise, some at a time. Noise of one name is the same for weight and bias.
    private static IEnumerable<Tensor> Deviations(LastLayer layer)
    {
        (PosteriorNoise Noise, bool IsOfBias)[] kinds =
            [.. layer.Weight.Noise.Select(noise => (noise, false)), .. (layer.Bias?.Noise ?? []).Select(noise => (noise, true))];
        var done = new HashSet<string>();
        foreach (var (noise, isOfBias) in kinds)
        {
            if (noise.SharedName is { } name && !done.Add(name))
                continue;
            long count = noise.Shape.Aggregate(1L, (product, size) => product * size);
            for (long first = 0; first < count; first += AtATime)
            {
                long length = Math.Min(AtATime, count - first);
                Tensor unit = zeros([length, count], layer.Weight.Mean.dtype, layer.Weight.Mean.device);
                unit.narrow(1, first, length).diagonal().fill_(Numbers.One);
                var ofWeight = layer.Weight.DeviationsFrom([.. layer.Weight.Noise.Select(own => Values(own, isBias: false))]);
                var parts = Double(ofWeight);
                if (layer.Bias is { } bias)
                    parts = cat([parts, Double(bias.DeviationsFrom([.. bias.Noise.Select(own => Values(own, isBias: true))])).unsqueeze(2)], 2);
                yield return parts;

                Tensor Values(PosteriorNoise own, bool isBias) =>
                    noise.SharedName is { } shared ? own.SharedName == shared ? unit.reshape([length, .. own.Shape]) : Nothing(own)
                    : isBias == isOfBias && ReferenceEquals(own.Parameter, noise.Parameter) ? unit.reshape([length, .. own.Shape]) : Nothing(own);

                Tensor Nothing(PosteriorNoise own) => zeros([length, .. own.Shape], unit.dtype, unit.device);
            }
        }
    }

    private static Tensor Squares(Tensor directions) => directions.mul(directions).sum([0L]);

    private static Tensor Double(Tensor tensor) => tensor.detach().to(ScalarType.Float64).cpu();
}
