using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>The independent N(0, 1) numbers of a draw of weights.</summary>
/// <param name="Parameter">The posterior's parameter that names the numbers. Each kind of noise of a posterior has its own.</param>
/// <param name="Shape">The shape of the numbers for one draw.</param>
public readonly record struct PosteriorNoise(Tensor Parameter, long[] Shape);
