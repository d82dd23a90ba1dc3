using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>
/// The parameters of TorchSharp's transformer modules, which it makes available by name alone, and which cannot be replaced.
/// </summary>
/// <param name="module">The module.</param>
/// <param name="prefix">The path of the part, ending in a dot, or empty.</param>
internal sealed class TorchTransformerWeights(nn.Module module, string prefix)
{
    private readonly Dictionary<string, Parameter> _all = module.named_parameters()
        .Where(each => each.name.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(each => each.name[prefix.Length..], each => each.parameter);

    /// <summary>
    /// Returns a new module with its parameters removed from the dispose scope, in which TorchSharp leaves them, and moved to where a weight is.
    /// </summary>
    public static T Owned<T>(T module, Tensor weight) where T : nn.Module
    {
        foreach (var parameter in module.parameters())
            parameter.Owned();
        module.to(weight.device).to(weight.dtype);
        return module;
    }

    /// <summary>Makes Bayesian attention of the parameters.</summary>
    public BayesianMultiheadAttention ToBayesian(AttentionSettings settings, string path, BayesianPass pass, List<nn.Module> made)
    {
        var biases = _all.GetValueOrDefault($"{path}in_proj_bias")?.chunk(3);
        var weights = _all.GetValueOrDefault($"{path}in_proj_weight")?.chunk(3)
            ?? [_all[$"{path}q_proj_weight"], _all[$"{path}k_proj_weight"], _all[$"{path}v_proj_weight"]];
        var projections = weights.Select((weight, index) => ToBayesian(weight, biases?[index], pass, made)).ToArray();
        var output = ToBayesian($"{path}out_proj", pass, made);
        return Track(new BayesianMultiheadAttention(settings, projections[0], projections[1], projections[2], output), made);
    }

    /// <summary>Makes a Bayesian layer of a linear one's parameters.</summary>
    public BayesianLinear ToBayesian(string name, BayesianPass pass, List<nn.Module> made) =>
        ToBayesian(_all[$"{name}.weight"], _all.GetValueOrDefault($"{name}.bias"), pass, made);

    /// <summary>Returns a copy of a normalization.</summary>
    public LayerNorm ToPlain(string name, List<nn.Module> made)
    {
        Parameter weight = _all[$"{name}.weight"], bias = _all[$"{name}.bias"];
        var norm = Track(nn.LayerNorm(weight.shape, device: weight.device, dtype: weight.dtype), made);
        foreach (var (copy, value) in new[] { (norm.weight!, weight), (norm.bias!, bias) })
        {
            copy.Owned().copy_(value);
            copy.requires_grad = value.requires_grad;
        }
        return norm;
    }

    /// <summary>Sets the parameters of an attention.</summary>
    public void Set(string path, BayesianMultiheadAttention attention, DeterministicPass pass)
    {
        BayesianLinear[] projections = [attention.Query, attention.Key, attention.Value];
        if (_all.TryGetValue($"{path}in_proj_weight", out var joined))
            Set(joined, [.. projections.Select(each => (each.weight_mu, pass.Weight(each.WeightPosterior)))], pass);
        else
            foreach (var (name, projection) in new[] { "q", "k", "v" }.Zip(projections))
                Set(_all[$"{path}{name}_proj_weight"], [(projection.weight_mu, pass.Weight(projection.WeightPosterior))], pass);
        if (attention.HasBias)
            Set(_all[$"{path}in_proj_bias"], [.. projections.Select(each => (each.bias_mu!, pass.Weight(each.BiasPosterior!)))], pass);
        Set($"{path}out_proj", attention.Output, pass);
    }

    /// <summary>Sets the parameters of a linear layer.</summary>
    public void Set(string name, BayesianLinear linear, DeterministicPass pass)
    {
        Set(_all[$"{name}.weight"], [(linear.weight_mu, pass.Weight(linear.WeightPosterior))], pass);
        if (linear.HasBias)
            Set(_all[$"{name}.bias"], [(linear.bias_mu!, pass.Weight(linear.BiasPosterior!))], pass);
    }

    /// <summary>Sets the parameters of a normalization.</summary>
    public void Set(string name, LayerNorm norm)
    {
        foreach (var (own, value) in new[] { (_all[$"{name}.weight"], norm.weight!), (_all[$"{name}.bias"], norm.bias!) })
        {
            own.copy_(value);
            own.requires_grad = value.requires_grad;
        }
    }

    private void Set(Parameter own, (Parameter Mean, Tensor Value)[] parts, DeterministicPass pass)
    {
        foreach (var (mean, _) in parts)
            pass.SetUnshared(mean, module.GetType().Name);
        own.copy_(cat([.. parts.Select(each => each.Value)]));
        own.requires_grad = parts.Any(each => each.Mean.requires_grad);
    }

    private static BayesianLinear ToBayesian(Tensor weight, Tensor? bias, BayesianPass pass, List<nn.Module> made)
    {
        var start = pass.Options.StartOf(weight, bias);
        var layer = Track(
            new BayesianLinear(
                weight.shape[1], weight.shape[0], start.HasBias, start.Prior, start.BiasPrior, start.Initializer, start.Device, start.Dtype), made);
        foreach (var (variable, value) in layer.OwnVariables.Zip([weight, bias]))
        {
            pass.Options.Start(layer.Family, variable.Posterior, value!);
            pass.Share(value!, null, variable);
        }
        return layer;
    }

    private static T Track<T>(T layer, List<nn.Module> made) where T : nn.Module
    {
        made.Add(layer);
        return layer;
    }
}
