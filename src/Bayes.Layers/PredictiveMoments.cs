using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// The running moments of E[y | f_s] and the running mean of Var[y | f_s], row by row, in double precision and in memory
/// that does not grow with the draws. Sums are of differences from the first draw (the shifted-data algorithm; Chan, Golub
/// &amp; LeVeque 1983, "Algorithms for Computing the Sample Variance", §3), so that nothing cancels where draws lie close
/// together, and identical draws have a variance of exactly 0.
/// </summary>
/// <remarks>Owns its tensors; dispose it.</remarks>
internal sealed class PredictiveMoments(Likelihood likelihood, long rows) : IDisposable
{
    private Tensor? _first;
    private Tensor? _sum;
    private Tensor? _squares;
    private Tensor? _noise;
    private int _count;
    private ScalarType _dtype;

    /// <summary>Takes in the outputs <c>[s, b, …]</c> of a block of draws for the rows from <paramref name="row"/> on.</summary>
    public void Add(Tensor outputs, long row)
    {
        using var scope = NewDisposeScope();
        var mean = likelihood.Mean(outputs).to(ScalarType.Float64);
        if (_first is null)
            Allocate(mean, outputs.dtype);
        long length = mean.shape[1];
        var first = _first!.narrow(0, row, length);
        if (_count == 0)
            first.copy_(mean[0]);
        var difference = mean.add(first, Scalars.MinusOne);
        _sum!.narrow(0, row, length).add_(difference.sum([0L]), Scalars.One);
        _squares!.narrow(0, row, length).add_(difference.mul(difference).sum([0L]), Scalars.One);
        _noise!.narrow(0, row, length).add_(likelihood.Variance(outputs).to(ScalarType.Float64).sum([0L]), Scalars.One);
    }

    /// <summary>Says that every row has seen <paramref name="draws"/> more draws.</summary>
    public void Count(int draws) => _count += draws;

    /// <summary>The prediction so far, in the outputs' element type.</summary>
    public Predictive ToPredictive()
    {
        using var scope = NewDisposeScope();
        using Scalar perDraw = 1.0 / _count, minusPerDraw = -1.0 / _count, perDegree = 1.0 / Math.Max(_count - 1, 1);
        var squares = _squares!.addcmul(_sum!, _sum!, minusPerDraw);
        var epistemic = squares.mul(perDraw);
        var aleatoric = _noise!.mul(perDraw);
        var predictive = new Predictive(
            mean: _first!.add(_sum!, perDraw).to(_dtype),
            aleatoricVariance: aleatoric.to(_dtype),
            epistemicVariance: epistemic.to(_dtype),
            totalVariance: epistemic.add(aleatoric, Scalars.One).to(_dtype),
            epistemicStddev: _count > 1 ? squares.mul(perDegree).sqrt().to(_dtype) : null,
            samplesUsed: _count);
        return predictive.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { _first, _sum, _squares, _noise })
            tensor?.Dispose();
    }

    private void Allocate(Tensor mean, ScalarType dtype)
    {
        _dtype = dtype;
        long[] shape = [rows, .. mean.shape[2..]];
        _first = empty(shape, ScalarType.Float64, mean.device).Owned();
        _sum = zeros(shape, ScalarType.Float64, mean.device).Owned();
        _squares = zeros(shape, ScalarType.Float64, mean.device).Owned();
        _noise = zeros(shape, ScalarType.Float64, mean.device).Owned();
    }
}
