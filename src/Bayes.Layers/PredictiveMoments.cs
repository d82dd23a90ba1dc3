using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// The running moments of E[y | f_s] and the running mean of Var[y | f_s] over blocks of draws, in double precision and in
/// memory that does not grow with the draws. Blocks are merged pairwise (Chan, Golub &amp; LeVeque 1983, "Algorithms for
/// Computing the Sample Variance", equation 2.1), so nothing cancels where the variance is small beside the mean.
/// </summary>
/// <remarks>Owns its tensors; dispose it.</remarks>
internal sealed class PredictiveMoments(Likelihood likelihood) : IDisposable
{
    private Tensor? _mean;
    private Tensor? _squares;
    private Tensor? _noise;
    private int _count;

    /// <summary>Takes in a block of outputs, <c>[s, B, …]</c>.</summary>
    public void Add(Tensor outputs)
    {
        using var scope = NewDisposeScope();
        int count = (int)outputs.shape[0];
        int total = _count + count;
        var (variance, mean) = likelihood.Mean(outputs).to(ScalarType.Float64).var_mean(0L, unbiased: false);
        var noise = likelihood.Variance(outputs).to(ScalarType.Float64).mean([0L]);
        using Scalar added = count, share = (double)count / total, cross = (double)_count * count / total;
        var squares = variance.mul(added);
        if (_count > 0)
        {
            var delta = mean.add(_mean!, Scalars.MinusOne);
            squares = squares.add(_squares!, Scalars.One).addcmul(delta, delta, cross);
            mean = _mean!.add(delta, share);
            noise = _noise!.add(noise.add(_noise!, Scalars.MinusOne), share);
        }
        Dispose();
        (_mean, _squares, _noise, _count) = (mean.DetachFromDisposeScope(), squares.DetachFromDisposeScope(), noise.DetachFromDisposeScope(), total);
    }

    /// <summary>The prediction so far, in the given element type.</summary>
    public Predictive ToPredictive(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using Scalar perDraw = 1.0 / _count, perDegree = 1.0 / Math.Max(_count - 1, 1);
        var epistemic = _squares!.mul(perDraw);
        var predictive = new Predictive(
            _mean!.to(dtype, copy: true),
            _noise!.to(dtype, copy: true),
            epistemic.to(dtype, copy: true),
            epistemic.add(_noise!, Scalars.One).to(dtype, copy: true),
            _count > 1 ? _squares.mul(perDegree).sqrt().to(dtype, copy: true) : null,
            _count);
        return predictive.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _mean?.Dispose();
        _squares?.Dispose();
        _noise?.Dispose();
    }
}
