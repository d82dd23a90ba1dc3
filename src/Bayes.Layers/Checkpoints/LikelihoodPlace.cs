using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>The place that a likelihood is made for.</summary>
/// <param name="Device">The device of its learned parameters.</param>
/// <param name="Dtype">Their element type; null for that in the file.</param>
/// <param name="Learned">The learned parameters in the file.</param>
/// <param name="Prefix">What their names begin with, such as the number of a part of a joint likelihood.</param>
internal sealed record LikelihoodPlace(
    Device Device, ScalarType? Dtype, IReadOnlyList<CheckpointTensor> Learned, string Prefix = ModelState.LikelihoodPrefix)
{
    /// <summary>Gets the element type of the learned parameters; null if it learns nothing.</summary>
    public ScalarType? Type => Dtype ?? Learned.FirstOrDefault()?.Type;

    /// <summary>Gets the number of learned elements; 1 if it learns nothing.</summary>
    public long Count => Learned.FirstOrDefault()?.Count ?? 1;

    /// <summary>Returns the place of a part of a joint likelihood.</summary>
    /// <param name="part">Zero-based index of the part.</param>
    public LikelihoodPlace Of(int part)
    {
        string prefix = FormattableString.Invariant($"{Prefix}{part}.");
        return this with { Learned = [.. Learned.Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal))], Prefix = prefix };
    }
}
