using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>The parts of a plain module that become Bayesian together, or stay plain together.</summary>
internal static class ConvertedParts
{
    /// <summary>Converts the children of a module.</summary>
    /// <param name="plain">The module.</param>
    /// <param name="names">Names of the children with weights, in the order of the result.</param>
    /// <param name="pass">The conversion of the whole network.</param>
    /// <returns>The new children, or null if all stay plain.</returns>
    /// <exception cref="ArgumentException">Some children become Bayesian and others stay plain.</exception>
    public static nn.Module<Tensor, Tensor>[]? Of(nn.Module<Tensor, Tensor> plain, IEnumerable<string> names, BayesianPass pass)
    {
        var children = plain.named_children().ToDictionary(child => child.name, child => (nn.Module<Tensor, Tensor>)child.module);
        (string Name, nn.Module<Tensor, Tensor> Module)[] converted = [.. names.Select(name => (name, pass.Convert(children[name], name)))];
        var bayesian = converted.ToLookup(each => each.Module is BayesianModule, each => each.Name);
        if (!bayesian[true].Any())
            return null;
        return !bayesian[false].Any()
            ? [.. converted.Select(each => each.Module)]
            : throw new ArgumentException(
                $"A {plain.GetType().Name} becomes Bayesian as a whole, but its {bayesian[true].First()} is selected and its "
                + $"{bayesian[false].First()} is not; expected both, or neither.");
    }
}
