using Bayes.Layers.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Diagnostics;

/// <summary>
/// Describes the posterior of one Bayesian layer, separately for weight and bias. A bias can be certain while the weight has learned nothing from the
/// input, and a sum over both would hide that.
/// </summary>
/// <param name="Name">The layer's path in the model, as in <c>state_dict</c> keys; empty if the model is the layer.</param>
/// <param name="Weight">The diagnostics of the weight.</param>
/// <param name="Bias">The diagnostics of the bias; null without a bias.</param>
public sealed record LayerDiagnostics(string Name, ParameterDiagnostics Weight, ParameterDiagnostics? Bias)
{
    /// <summary>Gets the weight, and the bias if there is one.</summary>
    public IReadOnlyList<ParameterDiagnostics> Parameters => Bias is null ? [Weight] : [Weight, Bias];

    /// <summary>Gets the number of weights, including biases.</summary>
    public long Count => Parameters.Sum(parameter => parameter.Count);

    /// <summary>Gets KL(q ‖ p) in nats, summed over weight and bias.</summary>
    public double KlDivergence => Parameters.Sum(parameter => parameter.KlDivergence);

    /// <summary>Gets KL(q ‖ p) in nats per weight.</summary>
    public double KlPerWeight => KlDivergence / Count;

    /// <summary>Reads a layer. The caller disables gradient recording.</summary>
    /// <param name="name">The layer's path in the model.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="known">The names of the parameters that were already read, by their means. Those of the layer are added.</param>
    internal static LayerDiagnostics Of(string name, BayesianLayer layer, Dictionary<Tensor, string> known)
    {
        string prefix = name.Length == 0 ? "" : name + ".";
        var parameters = layer.OwnVariables.ToDictionary(variable => variable.Name, Read);
        return new LayerDiagnostics(name, parameters["weight"], parameters.GetValueOrDefault("bias"));

        ParameterDiagnostics Read(WeightVariable variable)
        {
            string own = prefix + variable.Name;
            string? first = known.TryAdd(variable.Posterior.Mean, own) ? null : known[variable.Posterior.Mean];
            double? initial = variable.Name == "weight" ? layer.InitialLogStddev : null;
            return ParameterDiagnostics.Of(own, variable.Posterior, variable.Prior, initial) with { SharedWith = first };
        }
    }
}
