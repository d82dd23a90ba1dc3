using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Explains why nothing in a network became Bayesian: what was found, where, and what to do.</summary>
internal static class NothingConverted
{
    private const int MaximumNamed = 3;

    /// <summary>Returns the error for a network.</summary>
    public static ArgumentException Error(nn.Module network, BayesianConversion options) =>
        new($"Nothing in the {network.GetType().Name} became Bayesian: {Reason(network, options)}", nameof(network));

    private static string Reason(nn.Module network, BayesianConversion options)
    {
        var conversions = new LayerConversions(options.Layers);
        string what = options.MonteCarloDropoutOnly ? "dropout" : "layers with weights";
        var found = Below("", network, closed: null).ToArray();
        var inside = found.Where(each => each.Closed is not null).ToArray();
        if (inside.Length > 0)
            return $"{Named(inside)} {(inside.Length == 1 ? "stands" : "stand")} inside {inside[0].Closed}, a class with a forward of its own, "
                + $"which a conversion to layers does not enter; expected {nameof(BayesianConversion.Form)} = "
                + $"{nameof(ConversionForm.Automatic)} or {nameof(ConversionForm.WeightSpace)}, which take any forward, without "
                + $"{nameof(BayesianConversion.KeepsUnsupported)}, or a LayerConversion for it in {nameof(BayesianConversion.Layers)}.";
        if (found.Length == 0)
            return $"it has no {what} that a conversion knows; expected at least one.";
        if (found.All(each => !options.Selects(each.Path, each.Module)))
            return $"{nameof(BayesianConversion.Select)} leaves out {Named(found)}; expected at least one that it selects.";
        return $"the layers to convert, among {Named(found)}, are frozen (requires_grad = false), so there is nothing to learn; "
            + "expected at least one that is trainable.";

        bool IsFound(nn.Module module) => conversions.OfPlain(module) is { } conversion
            && (options.MonteCarloDropoutOnly ? conversion.IsDropout : conversion.HasWeights);

        IEnumerable<(string Path, nn.Module Module, string? Closed)> Below(string path, nn.Module module, string? closed)
        {
            if (IsFound(module))
                yield return (path, module, closed);
            if (module.named_children().Any() && conversions.OfPlain(module) is null)
                closed ??= path.Length == 0 ? $"the {module.GetType().Name}" : $"'{path}' ({module.GetType().Name})";
            foreach (var (name, child) in module.named_children())
                foreach (var each in Below(path.Length == 0 ? name : $"{path}.{name}", child, closed))
                    yield return each;
        }
    }

    private static string Named((string Path, nn.Module Module, string? Closed)[] found)
    {
        string[] names = [.. found.Take(MaximumNamed).Select(each =>
            each.Path.Length == 0 ? $"the {each.Module.GetType().Name}" : $"'{each.Path}' ({each.Module.GetType().Name})")];
        string all = string.Join(", ", names);
        return found.Length > MaximumNamed ? $"{all} and {found.Length - MaximumNamed} more" : all;
    }
}
