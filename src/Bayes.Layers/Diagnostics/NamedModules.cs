using static TorchSharp.torch;

namespace Bayes.Layers.Diagnostics;

/// <summary>Enumerates a module tree with the paths of its modules.</summary>
internal static class NamedModules
{
    /// <summary>
    /// Returns a module and its descendants depth first, each once under its first path. TorchSharp's <c>named_modules</c> goes level by level, and
    /// returns a shared module twice.
    /// </summary>
    public static IEnumerable<(string Path, nn.Module Module)> Of(nn.Module root)
    {
        var seen = new HashSet<nn.Module>(ReferenceEqualityComparer.Instance);
        return Below("", root);

        IEnumerable<(string, nn.Module)> Below(string path, nn.Module module)
        {
            if (!seen.Add(module))
                yield break;
            yield return (path, module);
            foreach (var (name, child) in module.named_children())
                foreach (var each in Below(path.Length == 0 ? name : $"{path}.{name}", child))
                    yield return each;
        }
    }
}
