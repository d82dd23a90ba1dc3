using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>Bayesian layers that a model uses and TorchSharp does not list among its children: nothing would train them, save them or count their KL divergence.</summary>
internal static class UnlistedLayers
{
    /// <summary>Returns the error that says which layer it is, and why TorchSharp may not list it.</summary>
    public static InvalidOperationException Refuse(nn.Module model, BayesianModule layer) => new(
        $"{model.GetName()} uses a {layer.GetName()}({layer.Describe()}) that is not among its modules, so it would not be trained, saved or counted: TorchSharp looks "
        + "neither into arrays, lists and dictionaries nor at fields that a derived class adds after the base class called RegisterComponents. "
        + "Register it with register_module(name, layer), or hold it in a ModuleList.");
}
