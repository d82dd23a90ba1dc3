using Bayes.Layers.Priors;

namespace Bayes.Layers.Training;

/// <summary>One weight tensor's place in a <see cref="FlatPosterior"/>.</summary>
/// <param name="Number">Zero-based index among the slices.</param>
/// <param name="Start">Where its first weight stands.</param>
/// <param name="Length">How many weights it has.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Prior">Its prior.</param>
internal sealed record PosteriorSlice(int Number, long Start, long Length, long[] Shape, Prior Prior);
