using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>One drawn weight of a pass: Leaf = mu + sigma · Epsilon, with an axis of draws where there are several.</summary>
internal readonly record struct WeightDraw(PosteriorSlice Slice, Tensor Leaf, Tensor Epsilon);
