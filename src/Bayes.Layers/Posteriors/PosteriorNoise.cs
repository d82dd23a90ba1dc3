using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>Independent N(0, 1) numbers that a draw of weights is made of.</summary>
/// <param name="Parameter">The posterior's parameter that names them: no other noise of the posterior has the same.</param>
/// <param name="Shape">Their shape for one draw.</param>
public readonly record struct PosteriorNoise(Tensor Parameter, long[] Shape);
