using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// The weights of M members that share one tensor: w_m = mu ∘ (s_m r_mᵀ), with a scale for each output and each input, and for a bias w_m = mu +
/// offset_m (Wen, Tran &amp; Ba 2020, "BatchEnsemble: An Alternative Approach to Efficient Ensemble and Lifelong Learning", equation 1). Each member
/// is as likely as the others, and all tensors of a network have the weights of the same member in a draw: draw k of any seed is member k mod M.
/// </summary>
/// <remarks>
/// A view of tensors of another owner; it disposes nothing. In a pass of S draws, draw i is the member i after the first one's, in a circle, so that
/// M draws train each member once. The divergence from a prior is −log p(w) of a member on average: it differs from the KL divergence by a constant.
/// mu is what the members share, and not their mean.
/// </remarks>
internal sealed class BatchEnsembleWeights : WeightPosterior
{
    internal const string OutputScaleName = "output_scale", InputScaleName = "input_scale", OffsetName = "offset";

    private readonly Tensor? _outputScale;
    private readonly Tensor _last;

    /// <summary>Creates the weights.</summary>
    /// <param name="mean">mu.</param>
    /// <param name="outputScale">s, <c>[M, out]</c>; null for a tensor of one axis.</param>
    /// <param name="last">r, <c>[M, in]</c>; for a tensor of one axis the offsets, <c>[M, …shape]</c>.</param>
    public BatchEnsembleWeights(Tensor mean, Tensor? outputScale, Tensor last) : base(mean) => (_outputScale, _last) = (outputScale, last);

    /// <summary>Gets M, the number of members.</summary>
    public int Members => (int)_last.shape[0];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Tensor Value)> Parameters => _outputScale is { } output
        ? [(MeanName, Mean), (OutputScaleName, output), (InputScaleName, _last)]
        : [(MeanName, Mean), (OffsetName, _last)];

    /// <summary>Gets one number, which tells the member of all tensors.</summary>
    public override IReadOnlyList<PosteriorNoise> Noise => [new(_last, [1]) { SharedName = "member" }];

    /// <summary>Gets M.</summary>
    public override int? ExactSamples => Members;

    /// <inheritdoc/>
    public override Tensor DeviationsFrom(IReadOnlyList<Tensor> noise)
    {
        using var scope = NewDisposeScope();
        return WeightsFrom(noise).add(Mean, Scalars.MinusOne).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the weights of the member ⌊M Φ(z)⌋, and those of the members after it for further draws.</summary>
    /// <inheritdoc/>
    public override Tensor WeightsFrom(IReadOnlyList<Tensor> noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        using var scope = NewDisposeScope();
        var z = noise[0];
        double share = StandardNormal.Cumulative([z.flatten()[0].ReadDouble()])[0];
        int first = Math.Min((int)(Members * share), Members - 1);
        return z.ndim == 1 ? Of(first, 1).squeeze(0).MoveToOuterDisposeScope() : Of(first, (int)z.shape[0]).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Returns normal distributions with the mean and variance of the members. The log-variance of a weight that all members share is that of the
    /// smallest normal number.
    /// </summary>
    /// <inheritdoc/>
    public override MeanFieldNormal Marginals()
    {
        using var scope = NewDisposeScope();
        var values = EquallyLikely().Widened();
        var variance = values.@var(0, unbiased: false).clamp(Scalars.SmallestNormal);
        return new(values.mean([0L]).MoveToOuterDisposeScope(), variance.log().MoveToOuterDisposeScope());
    }

    /// <summary>Throws: a set of members has no density.</summary>
    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override Tensor Entropy() => throw new NotSupportedException(
        $"A batch ensemble of {Members} members has no density, so it has no entropy; its divergence from a prior is −log p(w) on average.");

    /// <inheritdoc/>
    public override void Prune(Tensor isPruned)
    {
        ArgumentNullException.ThrowIfNull(isPruned);
        Mean.masked_fill_(isPruned, Scalars.Zero);
        if (_outputScale is null)
            _last.masked_fill_(isPruned, Scalars.Zero);
    }

    /// <inheritdoc/>
    internal override bool HasDensity => false;

    /// <inheritdoc/>
    internal override Tensor EquallyLikely() => Of(0, Members);

    /// <inheritdoc/>
    internal override Tensor DrawNamed(NamedDraws draws, Tensor? stddev)
    {
        using var scope = NewDisposeScope();
        return Of(draws.First % Members, draws.Count).detach().MoveToOuterDisposeScope();
    }

    // The members after the first one, in a circle.
    private Tensor Of(int first, int count)
    {
        using var scope = NewDisposeScope();
        var members = tensor([.. Enumerable.Range(0, count).Select(draw => ((long)first + draw) % Members)], ScalarType.Int64, Mean.device);
        var last = _last.index_select(0, members);
        if (_outputScale is null)
            return last.add(Mean, Scalars.One).MoveToOuterDisposeScope();
        long[] kernel = [.. Shape.Skip(2).Select(_ => 1L)];
        var output = _outputScale.index_select(0, members).view([count, Shape[0], 1, .. kernel]);
        return Mean.mul(output.mul(last.view([count, 1, Shape[1], .. kernel]))).MoveToOuterDisposeScope();
    }
}
