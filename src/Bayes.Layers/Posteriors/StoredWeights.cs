using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// A posterior that consists of K stored draws of a weight tensor, each as likely as the others: what a sampler leaves. Draw k of any seed is stored
/// draw k mod K, so the tensors of a network keep the draws that belong together.
/// </summary>
/// <remarks>A view of two tensors of another owner; it disposes nothing.</remarks>
internal sealed class StoredWeights : WeightPosterior
{
    internal const string DrawsName = "draws";

    /// <summary>Creates a posterior over tensors shaped like <paramref name="mean"/>.</summary>
    /// <param name="mean">mu, the mean of the draws, in the weight's unit.</param>
    /// <param name="draws">The draws, <c>[K, …shape]</c>.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public StoredWeights(Tensor mean, Tensor draws) : base(mean)
    {
        ArgumentNullException.ThrowIfNull(draws);
        if (draws.ndim != Shape.Length + 1 || draws.shape[0] == 0 || !draws.shape.AsSpan(1).SequenceEqual(Shape))
            throw new ArgumentException(
                $"The stored draws have shape {Shapes.Describe(draws.shape)}; "
                + $"expected at least one draw of shape {Shapes.Describe(Shape)}, along axis 0.", nameof(draws));
        Draws = draws;
    }

    /// <summary>Gets the draws, <c>[K, …shape]</c>.</summary>
    public Tensor Draws { get; }

    /// <summary>Gets K, the number of draws.</summary>
    public int Count => (int)Draws.shape[0];

    /// <summary>Gets <c>mu</c> and <c>draws</c>.</summary>
    public override IReadOnlyList<(string Name, Tensor Value)> Parameters => [(MeanName, Mean), (DrawsName, Draws)];

    /// <summary>Gets one number, which tells the draw of all weights of all tensors.</summary>
    public override IReadOnlyList<PosteriorNoise> Noise => [new(Draws, [1]) { SharedName = "stored draw" }];

    /// <summary>Gets K.</summary>
    public override int? ExactSamples => Count;

    /// <inheritdoc/>
    internal override bool HasDensity => false;

    /// <summary>Returns the stored draw with the index ⌊K Φ(z)⌋, less the mean.</summary>
    /// <inheritdoc/>
    public override Tensor DeviationsFrom(IReadOnlyList<Tensor> noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = NewDisposeScope();
        return WeightsFrom(noise).add(Mean, Scalars.MinusOne).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the stored draw with the index ⌊K Φ(z)⌋.</summary>
    /// <inheritdoc/>
    public override Tensor WeightsFrom(IReadOnlyList<Tensor> noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = NewDisposeScope();
        using Scalar count = Count, last = Count - 1;
        var z = noise[0].to(ScalarType.Float64).flatten();
        var indices = special.ndtr(z).mul(count).floor().clamp(Scalars.Zero, last).to(ScalarType.Int64);
        return Draws.index_select(0, indices).reshape([.. noise[0].shape[..^1], .. Shape]).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Returns normal distributions with the draws' mean and variance. The log-variance of a weight that never changes is that of the smallest
    /// normal number. In half precision it is in single precision.
    /// </summary>
    /// <inheritdoc/>
    public override MeanFieldNormal Marginals()
    {
        using var scope = NewDisposeScope();
        return new(Mean, Variance().clamp(Scalars.SmallestNormal).log().MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Computes the mean of the squared deviations of the K draws from their mean; in single precision if the parameters are in half precision.
    /// </summary>
    /// <inheritdoc/>
    public override Tensor Variance()
    {
        using var scope = NewDisposeScope();
        return Draws.Widened().@var(0, unbiased: false).MoveToOuterDisposeScope();
    }

    /// <summary>Throws: stored draws have no density.</summary>
    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override Tensor Entropy() => throw new NotSupportedException(
        $"A posterior of {Count} stored draws has no density, so it has no entropy and no KL divergence; it is for prediction, and cannot be "
        + "trained.");

    /// <inheritdoc/>
    public override void Prune(Tensor isPruned)
    {
        Mean.masked_fill_(isPruned, Scalars.Zero);
        Draws.masked_fill_(isPruned, Scalars.Zero);
    }

    /// <inheritdoc/>
    internal override Tensor DrawNamed(NamedDraws draws, Tensor? stddev)
    {
        using var scope = NewDisposeScope();
        return Draws.detach().index_select(0, IndicesOf(draws)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override bool DrawsRows => true;

    /// <inheritdoc/>
    internal override Tensor DrawNamedRows(NamedDraws draws, Tensor rows)
    {
        using var scope = NewDisposeScope();
        return Draws.detach().index_select(1, rows).index_select(0, IndicesOf(draws)).MoveToOuterDisposeScope();
    }

    private Tensor IndicesOf(NamedDraws draws)
    {
        long[] indices = new long[draws.Count];
        for (int i = 0; i < indices.Length; i++)
            indices[i] = ((long)draws.First + i) % Count;
        return tensor(indices, ScalarType.Int64, Draws.device);
    }
}
