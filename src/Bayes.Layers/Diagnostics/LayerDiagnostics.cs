using Bayes.Layers.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Diagnostics;

/// <summary>
/// Describes the posterior of one Bayesian layer, separately for weight and bias. A bias can be certain while the weight has learned nothing from
/// the input, and a sum over both would hide that.
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

    /// <summary>
    /// Reads the layers of a module: itself, or those of a network inside. A bias belongs to the weight of its name. The caller disables gradient
    /// recording.
    /// </summary>
    /// <param name="name">The module's path in the model.</param>
    /// <param name="module">The module.</param>
    /// <param name="known">The names of the parameters that were already read, by their means. Those of the module are added.</param>
    internal static IEnumerable<LayerDiagnostics> Of(string name, BayesianModule module, Dictionary<Tensor, string> known)
    {
        var variables = module.OwnVariables.ToList();
        while (variables.Count > 0)
        {
            var weight = variables[0];
            variables.RemoveAt(0);
            int found = weight.IsBias ? -1 : variables.FindIndex(other => other.IsBias && other.Name == BiasOf(weight.Name));
            var read = Read(weight);
            var bias = found < 0 ? null : Read(variables[found]);
            if (found >= 0)
                variables.RemoveAt(found);
            yield return new LayerDiagnostics(Joined(name, PathOf(weight.Name)), read, bias);
        }

        ParameterDiagnostics Read(WeightVariable variable)
        {
            string own = Joined(name, variable.Name);
            string? first = known.TryAdd(variable.Posterior.Mean, own) ? null : known[variable.Posterior.Mean];
            return ParameterDiagnostics.Of(own, variable.Posterior, variable.Prior, variable.InitialLogStddev) with { SharedWith = first };
        }

        static string PathOf(string variable) => variable.LastIndexOf('.') is > 0 and var dot ? variable[..dot] : "";

        static string BiasOf(string weight) =>
            Joined(PathOf(weight), weight[(weight.LastIndexOf('.') + 1)..].Replace("weight", "bias", StringComparison.Ordinal));

        static string Joined(string path, string own) => path.Length == 0 ? own : own.Length == 0 ? path : $"{path}.{own}";
    }
}
