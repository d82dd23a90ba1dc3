using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>
/// TorchSharp's modules that treat every element alone. They mean the same with and without an axis of draws, so the draws
/// need not be folded into the batch for them: of a small network's step that is a tenth of the operations.
/// </summary>
internal static class ElementwiseModules
{
    private static readonly HashSet<Type> Types =
    [
        typeof(CELU), typeof(ELU), typeof(GELU), typeof(Hardshrink), typeof(Hardsigmoid), typeof(Hardswish), typeof(Hardtanh),
        typeof(Identity), typeof(LeakyReLU), typeof(LogSigmoid), typeof(Mish), typeof(ReLU), typeof(ReLU6), typeof(SELU),
        typeof(Sigmoid), typeof(SiLU), typeof(Softplus), typeof(Softshrink), typeof(Softsign), typeof(Tanh), typeof(Tanhshrink),
        typeof(Threshold),
    ];

    public static bool Contains(nn.Module module) => Types.Contains(module.GetType());
}
