using System.Collections;
using System.Reflection;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>Detects forward hooks of modules. TorchSharp does not expose them, so this reads its private fields.</summary>
internal static class ModuleHooks
{
    private static readonly string[] Names = ["pre_hooks", "post_hooks", "module_pre_hooks", "module_post_hooks"];
    private static readonly FieldInfo[] Fields = [.. Names.Select(Field).OfType<FieldInfo>()];

    /// <summary>Determines whether a module is known to have no hooks; always false with a version of TorchSharp that has other fields.</summary>
    public static bool HasNone(nn.Module<Tensor, Tensor> module) =>
        Fields.Length == Names.Length && Fields.All(field => field.GetValue(module) is ICollection { Count: 0 });

    /// <summary>Determines whether a module is known to have a hook.</summary>
    public static bool HasAny(nn.Module<Tensor, Tensor> module) => Fields.Any(field => field.GetValue(module) is ICollection { Count: > 0 });

    private static FieldInfo? Field(string name) =>
        typeof(nn.Module<Tensor, Tensor>).BaseType!.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic);
}
