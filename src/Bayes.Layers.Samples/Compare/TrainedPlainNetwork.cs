using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Compare;

/// <summary>A trained plain network.</summary>
/// <param name="Network">The network.</param>
/// <param name="Seconds">How long it took to train.</param>
internal sealed record TrainedPlainNetwork(nn.Module<Tensor, Tensor> Network, double Seconds);
