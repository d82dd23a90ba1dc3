using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>
/// Holds what a prediction is computed from, in double precision: moments of the draws that can be combined with those of other draws, row by row.
/// Immutable.
/// </summary>
/// <remarks>Owns its tensors, which also belong to the dispose scope in which they were made.</remarks>
internal sealed class MixtureMoments(
    int count, Tensor mean, Tensor squares, Tensor noise, Tensor? entropy, Tensor? logDensity, bool isOfLanes) : IDisposable
{
    /// <summary>Gets S.</summary>
    public int Count => count;

    /// <summary>Gets the mean over the draws of E[y | f_s].</summary>
    public Tensor Mean => mean;

    /// <summary>Gets the sum over the draws of the squared differences of E[y | f_s] from their mean.</summary>
    public Tensor Squares => squares;

    /// <summary>Gets the mean over the draws of Var[y | f_s].</summary>
    public Tensor Noise => noise;

    /// <summary>Gets the mean over the draws of the entropy of p(y | f_s); null unless y is a class.</summary>
    public Tensor? Entropy => entropy;

    /// <summary>Gets the logarithm of the mean over the draws of p(y | f_s) for the targets; null without targets.</summary>
    public Tensor? LogDensity => logDensity;

    /// <summary>Gets whether managed code computed the entropies (<see cref="LaneSums"/>), and not torch.</summary>
    public bool IsOfLanes => isOfLanes;

    /// <summary>Gets all tensors.</summary>
    public IEnumerable<Tensor> Tensors => new[] { mean, squares, noise, entropy, logDensity }.OfType<Tensor>();

    /// <summary>
    /// Returns the moments of all draws of both (Chan, Golub &amp; LeVeque 1983, "Algorithms for Computing the Sample Variance", equation 1.5).
    /// There is a log density if both have one.
    /// </summary>
    public MixtureMoments With(MixtureMoments other)
    {
        using var scope = NewDisposeScope();
        int total = count + other.Count;
        double ours = (double)count / total, theirs = (double)other.Count / total;
        using Scalar our = ours, their = theirs, cross = count * theirs, ourLog = Math.Log(ours), theirLog = Math.Log(theirs);
        var difference = other.Mean.add(mean, Scalars.MinusOne);
        var result = new MixtureMoments(
            total,
            mean.add(difference, their),
            squares.add(other.Squares, Scalars.One).add(difference.mul(difference), cross),
            Average(noise, other.Noise),
            entropy is null || other.Entropy is null ? null : Average(entropy, other.Entropy),
            logDensity is null || other.LogDensity is null
                ? null
                : logDensity.add(ourLog, Scalars.One).logaddexp(other.LogDensity.add(theirLog, Scalars.One)),
            isOfLanes && other.IsOfLanes);
        foreach (var tensor in result.Tensors)
            tensor.MoveToOuterDisposeScope();
        return result;

        Tensor Average(Tensor a, Tensor b) => a.mul(our).add(b, their);
    }

    /// <summary>
    /// Returns the moments of the rows of all parts, in order, which rest on the same draws. There are entropies and log densities if all parts have
    /// them.
    /// </summary>
    public static MixtureMoments Concatenate(IReadOnlyList<MixtureMoments> parts)
    {
        return new(
            parts[0].Count, Rows(part => part.Mean)!, Rows(part => part.Squares)!, Rows(part => part.Noise)!, Rows(part => part.Entropy),
            Rows(part => part.LogDensity),
            parts.All(part => part.IsOfLanes));

        Tensor? Rows(Func<MixtureMoments, Tensor?> quantity)
        {
            Tensor[] rows = [.. parts.Select(quantity).OfType<Tensor>()];
            return rows.Length < parts.Count ? null : cat(rows, 0);
        }
    }

    /// <summary>Returns a copy on a device.</summary>
    public MixtureMoments CopyTo(Device device)
    {
        return new(
            count, Copy(mean), Copy(squares), Copy(noise), entropy is null ? null : Copy(entropy), logDensity is null ? null : Copy(logDensity),
            isOfLanes);

        Tensor Copy(Tensor tensor) => tensor.to(device, copy: true);
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (var tensor in Tensors)
            tensor.Dispose();
    }
}
