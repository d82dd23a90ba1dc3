using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>The outputs of a random last layer, which are normal given the features.</summary>
/// <param name="Mean">Their mean, <c>[1, B, out]</c>.</param>
/// <param name="Spread">Their covariance in each row.</param>
internal sealed record NormalOutputs(Tensor Mean, OutputSpread Spread);
