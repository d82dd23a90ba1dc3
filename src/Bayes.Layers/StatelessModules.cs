using System.Collections;
using System.Reflection;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers;

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

    private static readonly FieldInfo[] Hooks = [.. new[] { "pre_hooks", "post_hooks", "module_pre_hooks", "module_post_hooks" }.Select(Field).OfType<FieldInfo>()];

    /// <summary>Whether the module and all below it are such.</summary>
    public static bool AreAll(nn.Module module) => module.modules().Prepend(module).All(Contains);

    private static bool Contains(nn.Module module) =>
        module is BayesianModule or nn.Module<Tensor, Tensor>
            ? (module.GetType().Assembly == typeof(StatelessModules).Assembly || Types.Contains(module.GetType())) && HasNoHook(module)
            : module.GetType().Assembly == typeof(StatelessModules).Assembly;

    // Another TorchSharp might keep its hooks elsewhere: then no module is known to be without.
    private static bool HasNoHook(nn.Module module) => Hooks.Length == 4 && Hooks.All(field => field.GetValue(module) is ICollection { Count: 0 });

    private static FieldInfo? Field(string name) =>
        typeof(nn.Module<Tensor, Tensor>).BaseType!.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic);
}
