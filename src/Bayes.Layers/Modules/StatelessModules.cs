using System.Collections;
using System.Reflection;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>
/// Modules that can be called from several threads at a time in evaluation mode: this library's, and those of TorchSharp's that keep nothing of a
/// call, make no temporary scalar that a collection started by another thread could free (decision 7), and have no hook.
/// </summary>
internal static class StatelessModules
{
    private static readonly HashSet<Type> Types =
    [
        typeof(Sequential), typeof(Identity), typeof(Flatten), typeof(Unflatten), typeof(ReLU), typeof(Tanh), typeof(Sigmoid), typeof(SiLU), typeof(GELU),
        typeof(Softmax), typeof(LogSoftmax), typeof(Linear), typeof(Conv1d), typeof(Conv2d), typeof(Conv3d), typeof(ConvTranspose1d), typeof(ConvTranspose2d),
        typeof(ConvTranspose3d), typeof(BatchNorm1d), typeof(BatchNorm2d), typeof(BatchNorm3d), typeof(LayerNorm), typeof(MaxPool1d), typeof(MaxPool2d), typeof(MaxPool3d),
        typeof(AvgPool1d), typeof(AvgPool2d), typeof(AvgPool3d), typeof(AdaptiveAvgPool1d), typeof(AdaptiveAvgPool2d), typeof(AdaptiveAvgPool3d),
        typeof(Dropout), typeof(Dropout1d), typeof(Dropout2d), typeof(Dropout3d),
    ];

    // TorchSharp tells of hooks to nobody. Should another version keep them elsewhere, no module is known to be without.
    private static readonly string[] HookFields = ["pre_hooks", "post_hooks", "module_pre_hooks", "module_post_hooks"];
    private static readonly FieldInfo[] Hooks = [.. HookFields.Select(Field).OfType<FieldInfo>()];

    /// <summary>Whether the module and all below it are such.</summary>
    public static bool AreAll(nn.Module module) => module.modules().Prepend(module).All(each =>
        each.GetType().Assembly == typeof(StatelessModules).Assembly ? each is not BayesianModule bayesian || HasNoHook(bayesian)
        : Types.Contains(each.GetType()) && HasNoHook((nn.Module<Tensor, Tensor>)each));

    /// <summary>Whether nobody looks on at the module's calls.</summary>
    public static bool HasNoHook(nn.Module<Tensor, Tensor> module) =>
        Hooks.Length == HookFields.Length && Hooks.All(field => field.GetValue(module) is ICollection { Count: 0 });

    /// <summary>Determines whether the module is known to have a hook.</summary>
    public static bool HasHook(nn.Module<Tensor, Tensor> module) => Hooks.Any(field => field.GetValue(module) is ICollection { Count: > 0 });

    private static FieldInfo? Field(string name) =>
        typeof(nn.Module<Tensor, Tensor>).BaseType!.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic);
}
