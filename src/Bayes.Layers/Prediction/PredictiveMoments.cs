using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>
/// Accumulates the moments of E[y | f_s], the means of Var[y | f_s] and of the entropy of p(y | f_s), and the logarithm of the mean density of
/// targets: row by row, in double precision, in memory that does not grow with the draws. Sums differences from the first draw (the shifted-data
/// algorithm; Chan, Golub &amp; LeVeque 1983, "Algorithms for Computing the Sample Variance", §3), so nothing cancels if draws lie close together,
/// and identical draws have a variance of exactly 0.
/// </summary>
/// <remarks>Owns its tensors; dispose it.</remarks>
internal sealed class PredictiveMoments(Likelihood likelihood, long rows, Tensor? target = null) : IDisposable
{
    private LaneSums? _lanes;
    private Tensor? _first;
    private Tensor? _sum;
    private Tensor? _squares;
    private Tensor? _noise;
    private Tensor? _entropy;
    private Tensor? _logDensity;
    private ScalarType? _dtype;

    /// <summary>Gets how many draws every row has seen.</summary>
    public int Samples { get; private set; }

    /// <summary>Adds the outputs <c>[s, b, …]</c> of a block of draws for the rows from <paramref name="row"/> on.</summary>
    public void Add(Tensor outputs, long row) => Add(outputs, row, isFirst: Samples == 0);

    /// <summary>Adds the outputs <c>[s, b, …]</c> of a block of draws, if some rows see all draws before others see their first.</summary>
    /// <param name="outputs">The outputs.</param>
    /// <param name="row">The first row.</param>
    /// <param name="isFirst">Whether the first draw of the block is the first of all that these rows see.</param>
    public void Add(Tensor outputs, long row, bool isFirst)
    {
        using var scope = NewDisposeScope();
        if (_dtype is null)
        {
            _dtype = outputs.dtype;
            _lanes = LaneSums.TryFor(likelihood, outputs, rows);
        }
        // Half precision is widened here once: rounding the parts of a sum would look like disagreement.
        var wide = outputs.to(outputs.dtype.AtLeastSingle());
        likelihood.RequireOutputs(wide);
        if (_lanes is null)
            AddTensors(wide, row, isFirst);
        else
            _lanes.Add(wide, row, isFirst);
        if (target is not null)
            AddLogDensity(wide, row);
    }

    private void AddTensors(Tensor outputs, long row, bool isFirst)
    {
        var single = likelihood.Mean(outputs);
        var mean = single.to(ScalarType.Float64);
        RequireRows(mean);
        if (_first is null)
            Allocate(mean);
        long length = mean.shape[1];
        var first = _first!.narrow(0, row, length);
        if (isFirst)
            first.copy_(mean[0]);
        var difference = mean.add(first, Scalars.MinusOne);
        _sum!.narrow(0, row, length).add_(difference.sum([0L]), Scalars.One);
        _squares!.narrow(0, row, length).add_(difference.mul(difference).sum([0L]), Scalars.One);
        AddSum(ref _noise, likelihood.Variance(outputs));
        if (likelihood.EntropyOf(single) is { } entropies)
            AddSum(ref _entropy, entropies);

        // A likelihood over the last axis would take the rows for features if there is no other axis.
        void RequireRows(Tensor values)
        {
            if (values.ndim < 2 || values.shape[1] != outputs.shape[1])
                throw new ArgumentException(
                    $"The output has shape {Shapes.Describe(outputs.shape)}; expected [samples, batch, features], "
                    + $"of which {likelihood} takes the last axis.", "output");
        }

        void AddSum(ref Tensor? sums, Tensor values)
        {
            RequireRows(values);
            var sum = values.sum([0L], type: ScalarType.Float64);
            sums ??= zeros([rows, .. sum.shape[1..]], ScalarType.Float64, sum.device).Owned();
            sums.narrow(0, row, length).add_(sum, Scalars.One);
        }
    }

    private void AddLogDensity(Tensor outputs, long row)
    {
        long length = outputs.shape[1];
        var logDensity = RowLogProbability.Of(likelihood, outputs, target!.narrow(0, row, length)).to(ScalarType.Float64).logsumexp(0);
        var running = (_logDensity ??= full([rows], Scalars.MinusInfinity, ScalarType.Float64, outputs.device).Owned()).narrow(0, row, length);
        running.copy_(running.logaddexp(logDensity));
    }

    /// <summary>Records that every row has seen <paramref name="draws"/> more draws.</summary>
    public void Count(int draws) => Samples += draws;

    /// <summary>
    /// Returns the largest Monte Carlo standard error of all means, in the target's unit: infinity with fewer than two draws, and 0 if no row is
    /// finite, since more draws would not mend a NaN of an input.
    /// </summary>
    public double LargestStandardError()
    {
        if (Samples < 2)
            return double.PositiveInfinity;
        using var scope = NewDisposeScope();
        return Math.Sqrt(SquaredDifferences().nan_to_num(0, 0, 0).max().ReadDouble() / ((double)Samples * (Samples - 1)));
    }

    private MixtureMoments ToMoments()
    {
        using var scope = NewDisposeScope();
        using Scalar perDraw = 1.0 / Samples, logDraws = -Math.Log(Samples);
        var logDensity = _logDensity?.add(logDraws, Scalars.One);
        var moments = _lanes?.ToMoments(Samples, logDensity) ?? new MixtureMoments(
            Samples, _first!.add(_sum!, perDraw), SquaredDifferences(), _noise!.mul(perDraw), _entropy?.mul(perDraw), logDensity, isOfLanes: false);
        foreach (var tensor in moments.Tensors)
            tensor.MoveToOuterDisposeScope();
        return moments;
    }

    /// <summary>Returns the prediction so far, in the element type of the outputs.</summary>
    public Predictive ToPredictive(Provenance? provenance = null, Tensor? samples = null)
    {
        using var scope = NewDisposeScope();
        // An alias belongs to this scope, like the moments, and moves out with them; the samples themselves would move one scope too far.
        return new Predictive(ToMoments(), likelihood, _dtype!.Value, provenance, samples?.alias()).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _lanes?.Dispose();
        foreach (var tensor in new[] { _first, _sum, _squares, _noise, _entropy, _logDensity })
            tensor?.Dispose();
    }

    private Tensor SquaredDifferences()
    {
        using Scalar minusPerDraw = -1.0 / Samples;
        // Rounding can make it negative, and its square root NaN.
        var sum = _lanes?.Differences ?? _sum!;
        return (_lanes?.Squares ?? _squares!).addcmul(sum, sum, minusPerDraw).clamp_min_(Scalars.Zero);
    }

    private void Allocate(Tensor mean)
    {
        long[] shape = [rows, .. mean.shape[2..]];
        _first = empty(shape, ScalarType.Float64, mean.device).Owned();
        _sum = zeros(shape, ScalarType.Float64, mean.device).Owned();
        _squares = zeros(shape, ScalarType.Float64, mean.device).Owned();
    }
}
