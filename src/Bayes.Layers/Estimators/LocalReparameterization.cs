using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// Draws outputs instead of weights: an output is a sum of independent normal weights times inputs, so it is normal with mean L(x, mu) and variance
/// L(x², sigma²), and L(x, mu) + √L(x², sigma²) · eps has that distribution (Kingma, Salimans &amp; Welling 2015, "Variational Dropout and the Local
/// Reparameterization Trick", §2.2, equation 6). Every output of every row has its own noise, so the errors of a batch's rows average out: gradients
/// have far lower variance than with <see cref="Reparameterization"/>, at the cost of two passes for any S.
/// </summary>
/// <remarks>
/// Each output alone has the same distribution as with <see cref="Reparameterization"/>, but the rows of a batch are independent instead of sharing
/// a function. If that matters, as for a map over a grid, predict with functions (<c>MonteCarloPredictive</c>).
/// <para>If a layer is applied at several places of a row, as a linear layer on <c>[B, T, in]</c> and a convolution are, the places share their
/// weights: with separate noise for each place, a mean over the places would seem far more certain than it is. So the layer then draws a deviation
/// of the weights for each row, as <see cref="Flipout"/> does. With <see cref="IsIndependentByPlace"/> it draws noise for every place, as later
/// work on convolutions does: another model, with gradients of lower variance.</para>
/// <para>A <see cref="LowRankNormal"/> adds Σ_k L(x, u_k) z_k with numbers z_k for each row, which costs a pass for each direction (Tomczak, Swaroop
/// &amp; Turner 2020, "Efficient Low Rank Gaussian Variational Inference for Neural Networks", §3). The weights of a posterior without
/// <see cref="WeightPosterior.Parts"/> are drawn as by <see cref="Reparameterization"/>.</para>
/// <para>Weights that a pass uses more than once, such as those of a recurrent layer, cannot be integrated out one use at a time. They are drawn as
/// by <see cref="Reparameterization"/>.</para>
/// </remarks>
public sealed class LocalReparameterization : SamplingEstimator
{
    /// <summary>Creates an estimator of <paramref name="samples"/> draws.</summary>
    /// <param name="samples">S; at least 1.</param>
    /// <param name="noise">The source of eps; torch's global generator by default.</param>
    /// <param name="antithetic">Whether draws come in pairs of opposite noise; useful from S = 2 on.</param>
    /// <param name="isIndependentByPlace">Whether each place of a row has noise of its own; false by default.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    public LocalReparameterization(int samples = 1, NoiseSource? noise = null, bool antithetic = false, bool isIndependentByPlace = false)
        : base(samples, noise, antithetic) => IsIndependentByPlace = isIndependentByPlace;

    /// <summary>Gets whether each place of a row has noise of its own, though the places share their weights.</summary>
    public bool IsIndependentByPlace { get; }

    /// <inheritdoc/>
    public override bool RowsShareFunctions => false;

    /// <inheritdoc/>
    internal override bool TakesLeaves => true;

    /// <inheritdoc/>
    protected override SamplingEstimator With(int samples, NoiseSource noise, bool antithetic) =>
        new LocalReparameterization(samples, noise, antithetic, IsIndependentByPlace);

    /// <inheritdoc/>
    protected override Tensor EstimateOutput(Pass pass, BilinearMap map, Tensor input, WeightPosterior weight, WeightPosterior? bias)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        var biasParts = bias?.Parts;
        if (weight.Parts is not { } parts || bias is not null && biasParts is null || !pass.TryUseOnce(weight, bias))
            return base.EstimateOutput(pass, map, input, weight, bias).MoveToOuterDisposeScope();
        if (pass.LeavesOf(map, input) is { } leaves)
            return WithLeaves(leaves, input, weight, bias).MoveToOuterDisposeScope();
        if (!IsIndependentByPlace && map.PrefersRowWeights(input, Samples))
            return new RowDeviations(pass, map, weight, bias, Noise).Apply(input).MoveToOuterDisposeScope();
        var mean = map.Apply(input, pass.Mean(weight), pass.Mean(bias));
        if (!IsIndependentByPlace && map.PlacesOf(mean.shape) > 1)
            return new RowDeviations(pass, map, weight, bias, Noise).AddTo(mean, input).MoveToOuterDisposeScope();
        var variance = map.ApplyToVariance(input, pass.Variance(weight), bias is null ? null : pass.Variance(bias));
        // The root has no finite gradient at 0, the variance of a row of zeros. A sum has a cheaper gradient than a maximum. It is not in place, since
        // autograd copies the gradients of views changed in place, and the output of a convolution is one.
        var stddev = variance.add(mean.dtype.SmallestVariance(), Scalars.One).sqrt_();
        var epsilon = Noise.StandardNormal([Samples, .. mean.shape[1..]], mean.dtype, mean.device);
        // Not addcmul, whose gradient takes one operation more.
        var output = stddev.mul(epsilon).add_(mean, Scalars.One);
        if (parts.Factor is { } factor)
            output = AddDirections(output, map, factor, direction => map.Apply(input, direction));
        if (biasParts?.Factor is { } biasFactor)
        {
            // A weight of zeros gives the output of the bias alone.
            Tensor row = zeros_like(input.narrow(0, 0, 1).narrow(1, 0, 1)), noWeight = zeros_like(weight.Mean);
            output = AddDirections(output, map, biasFactor, direction => map.Apply(row, noWeight, direction));
        }
        return output.MoveToOuterDisposeScope();
    }

    /// <summary>Computes the output of a linear layer in a pass of one draw.</summary>
    private Tensor WithLeaves(IPosteriorLeaves leaves, Tensor input, WeightPosterior weight, WeightPosterior? bias)
    {
        var layer = new TwoProducts(
            input, (leaves.Mean(weight), bias is null ? null : leaves.Mean(bias)),
            (leaves.Variance(weight), bias is null ? null : leaves.Variance(bias)));
        leaves.Add(layer);
        Tensor output;
        using (no_grad())
        {
            var rows = layer.Rows;
            var (mean, variance) = layer.Multiply(rows.mul(rows), rows.mul(Scalars.Two));
            var epsilon = Noise.StandardNormal([1, .. mean.shape], mean.dtype, mean.device).squeeze(0);
            var stddev = variance.add_(mean.dtype.SmallestVariance(), Scalars.One).sqrt_();
            output = layer.End(mean.addcmul_(stddev, epsilon, Scalars.One), epsilon.mul_(Scalars.Half).div_(stddev));
        }
        return output.alias();
    }

    /// <summary>Adds Σ_k z_k L(x, u_k), with numbers z_k for each row that all its outputs share.</summary>
    private Tensor AddDirections(Tensor output, BilinearMap map, Tensor factor, Func<Tensor, Tensor> apply)
    {
        long[] shape = output.shape;
        shape[map.ChannelAxis < 0 ? shape.Length + map.ChannelAxis : map.ChannelAxis] = 1;
        foreach (var direction in factor.unbind(0))
            output = addcmul(output, apply(direction), Noise.StandardNormal(shape, output.dtype, output.device), Scalars.One);
        return output;
    }

    /// <inheritdoc/>
    protected override Func<Tensor, Tensor> FixWeights(Pass pass, BilinearMap map, WeightPosterior weight, WeightPosterior? bias) =>
        DrawWeights(pass, map, weight, bias);

    /// <inheritdoc/>
    internal override DrawnWeights? TryDraw(Pass pass, WeightPosterior weight, WeightPosterior? bias) => Draw(pass, weight, bias);
}
