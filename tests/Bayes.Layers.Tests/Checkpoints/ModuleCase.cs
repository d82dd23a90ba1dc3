namespace Bayes.Layers.Tests.Checkpoints;

/// <summary>A module, and others of its type.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Make">Makes the module.</param>
/// <param name="Others">Make modules that differ from it in one option each.</param>
internal sealed record ModuleCase(Type Type, Func<nn.Module<Tensor, Tensor>> Make, Func<nn.Module<Tensor, Tensor>>[] Others);
