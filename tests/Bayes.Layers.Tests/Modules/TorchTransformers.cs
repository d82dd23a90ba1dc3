using Bayes.Layers.Posteriors;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Modules;

/// <summary>TorchSharp's own modules with given weights, as the oracle of this library's.</summary>
internal static class TorchTransformers
{
    /// <summary>Returns TorchSharp's attention with weights by child and "weight" or "bias", in evaluation mode.</summary>
    public static MultiheadAttention Attention(BayesianMultiheadAttention layer, Func<string, string, Tensor> weightOf)
    {
        var torchs = nn.MultiheadAttention(
            layer.EmbeddingSize, layer.Heads, layer.Dropout, layer.HasBias, kdim: layer.KeySize, vdim: layer.ValueSize);
        Fill(torchs, weightOf);
        return torchs;
    }

    /// <summary>Returns TorchSharp's layer with weights by path of the child and "weight" or "bias", in evaluation mode.</summary>
    public static TransformerEncoderLayer Layer(BayesianTransformerEncoderLayer layer, Func<string, string, Tensor> weightOf)
    {
        var torchs = nn.TransformerEncoderLayer(layer.EmbeddingSize, layer.Heads, layer.FeedForwardSize, layer.Dropout, layer.Activation);
        Fill(torchs, weightOf);
        return torchs;
    }

    /// <summary>Returns the value of a parameter of a child at the posterior's mean, or of a plain child.</summary>
    public static Tensor MeanOf(nn.Module module, string path, string parameter) =>
        module.named_modules().Single(each => each.name == path).module switch
        {
            BayesianLayer layer => PosteriorOf(layer, parameter).Mean,
            var plain => plain.get_parameter(parameter)!,
        };

    /// <summary>Returns the posterior of a layer's weight or bias.</summary>
    public static WeightPosterior PosteriorOf(BayesianLayer layer, string parameter) =>
        parameter == "weight" ? layer.WeightPosterior : layer.BiasPosterior!;

    /// <summary>Returns noise for each weight in the order of a pass, and the weights of S draws with that noise, <c>[S, …]</c>, by path.</summary>
    public static (List<Tensor> Noise, Dictionary<(string Path, string Parameter), Tensor> Weights) Drawn(nn.Module module, int samples)
    {
        var noise = new List<Tensor>();
        var weights = new Dictionary<(string, string), Tensor>();
        foreach (var (path, child) in InOrder("", module))
            if (child is BayesianLayer layer)
                foreach (string parameter in layer.HasBias ? ["weight", "bias"] : new[] { "weight" })
                {
                    var posterior = PosteriorOf(layer, parameter);
                    var epsilon = randn([samples, .. posterior.Mean.shape], float64);
                    noise.Add(epsilon);
                    weights[(path, parameter)] = (posterior.Mean + posterior.Stddev() * epsilon).detach();
                }
        return (noise, weights);
    }

    // named_modules lists children before grandchildren.
    private static IEnumerable<(string Path, nn.Module Module)> InOrder(string path, nn.Module module) =>
        module.named_children().SelectMany(child => InOrder(path.Length == 0 ? child.name : $"{path}.{child.name}", child.module))
            .Prepend((path, module));

    private static void Fill(nn.Module torchs, Func<string, string, Tensor> weightOf)
    {
        using var noGrad = no_grad();
        torchs.to(float64);
        foreach (var (name, parameter) in torchs.named_parameters())
            parameter.copy_(ValueOf(name));
        torchs.eval();

        Tensor ValueOf(string name)
        {
            string[] parts = name.Split('.');
            string path = string.Join('.', parts[..^1]), prefix = path.Length == 0 ? "" : path + ".";
            return parts[^1] switch
            {
                "in_proj_weight" => InProjection("weight"),
                "in_proj_bias" => InProjection("bias"),
                "q_proj_weight" or "k_proj_weight" or "v_proj_weight" => weightOf(prefix + parts[^1][..6], "weight"),
                var parameter => weightOf(path, parameter),
            };

            Tensor InProjection(string parameter) =>
                cat([.. new[] { "q_proj", "k_proj", "v_proj" }.Select(each => weightOf(prefix + each, parameter))]);
        }
    }
}
