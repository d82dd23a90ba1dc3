using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>
/// Modules with parameters that stay plain in a Bayesian network: scales and shifts of normalisations and activations, few and well
/// determined by the data, which Bayesian networks commonly keep as numbers.
/// </summary>
internal static class KeptModules
{
    private static readonly HashSet<Type> Types =
    [
        typeof(BatchNorm1d), typeof(BatchNorm2d), typeof(BatchNorm3d), typeof(GroupNorm), typeof(InstanceNorm1d), typeof(InstanceNorm2d),
        typeof(InstanceNorm3d), typeof(LayerNorm), typeof(PReLU),
    ];

    private static readonly HashSet<Type> Dropouts =
    [
        typeof(Dropout), typeof(Dropout1d), typeof(Dropout2d), typeof(Dropout3d), typeof(AlphaDropout), typeof(FeatureAlphaDropout),
    ];

    /// <summary>Determines whether a module stays as it is: one of these, or one that has nothing to learn, or nothing that is not frozen.</summary>
    public static bool Contains(nn.Module module) =>
        Types.Contains(module.GetType()) || !module.parameters().Any(parameter => parameter.requires_grad);

    /// <summary>Determines whether a module is one of TorchSharp's dropout modules.</summary>
    public static bool IsDropout(nn.Module module) => Dropouts.Contains(module.GetType());
}
