using Bayes.Layers.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Diagnostics;

/// <summary>
/// What the posterior of one Bayesian layer looks like, weight and bias apart: a bias can be sure of itself while the weight
/// says nothing of the input, and together they would hide it.
/// </summary>
/// <param name="Name">The layer's path in the model, as in <c>state_dict</c> keys; empty where the model is the layer.</param>
/// <param name="Weight">Its weight.</param>
/// <param name="Bias">Its bias; null without one.</param>
public sealed record LayerDiagnostics(string Name, ParameterDiagnostics Weight, ParameterDiagnostics? Bias)
{
    /// <summary>Weight, and bias where there is one.</summary>
    public IReadOnlyList<ParameterDiagnostics> Parameters => Bias is null ? [Weight] : [Weight, Bias];

    /// <summary>How many weights it has, biases counted among them.</summary>
    public long Count => Parameters.Sum(parameter => parameter.Count);

    /// <summary>KL(q ‖ p) in nats, summed over weight and bias.</summary>
    public double KlDivergence => Parameters.Sum(parameter => parameter.KlDivergence);

    /// <summary>KL(q ‖ p) in nats per weight.</summary>
    public double KlPerWeight => KlDivergence / Count;

    /// <summary>Reads a layer. Called without gradient recording.</summary>
    /// <param name="name">The layer's path in the model.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="known">The names of the parameters that were read before, by their means; those of the layer are added.</param>
    internal static LayerDiagnostics Of(string name, BayesianLayer layer, Dictionary<Tensor, string> known)
    {
        string prefix = name.Length == 0 ? "" : name + ".";
        var parameters = layer.OwnVariables.ToDictionary(variable => variable.Name, Read);
        return new LayerDiagnostics(name, parameters["weight"], parameters.GetValueOrDefault("bias"));

        ParameterDiagnostics Read(WeightVariable variable)
        {
            string own = prefix + variable.Name;
            string? first = known.TryAdd(variable.Posterior.Mean, own) ? null : known[variable.Posterior.Mean];
            return ParameterDiagnostics.Of(own, variable.Posterior, variable.Prior, variable.Name == "weight" ? layer.InitialLogStddev : null)
                with
            { SharedWith = first };
        }
    }
}
