using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Service.Models;

/// <summary>Finds out what columns a network takes.</summary>
internal static class NetworkColumns
{
    /// <summary>Returns the columns.</summary>
    /// <param name="module">The network or the ensemble.</param>
    /// <param name="names">The names that the configuration gives; empty for x0, x1 and so on, as many as the first layer takes.</param>
    /// <exception cref="CannotStartException">The number of columns is not known.</exception>
    public static IReadOnlyList<ModelColumn> Of(nn.Module? module, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            names = [.. Enumerable.Range(0, InputsOf(module)).Select(index => $"x{index}")];
        return [.. names.Select(name => new ModelColumn(name, ValueKind.Number, MayBeMissing: false, IsRequired: true))];
    }

    private static int InputsOf(nn.Module? module)
    {
        foreach (var (_, layer) in module?.named_modules() ?? [])
            if (layer is BayesianLinear bayesian)
                return (int)bayesian.InputSize;
            else if (layer is Linear plain)
                return (int)plain.in_features;
        throw new CannotStartException("The model has no linear layer that would tell how many columns a row has; name them: --Columns age,height");
    }
}
