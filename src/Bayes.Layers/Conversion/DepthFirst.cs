using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Enumerates a module tree depth first, the order in which most networks run. TorchSharp's <c>modules()</c> goes level by level.</summary>
internal static class DepthFirst
{
    /// <summary>Returns a network and its descendants with their paths; a module with several places comes once for each.</summary>
    public static IEnumerable<(string Path, nn.Module Module)> Of(nn.Module network) => Below("", network);

    private static IEnumerable<(string, nn.Module)> Below(string path, nn.Module module) =>
        module.named_children().SelectMany(child => Below(path.Length == 0 ? child.name : $"{path}.{child.name}", child.module))
            .Prepend((path, module));
}
