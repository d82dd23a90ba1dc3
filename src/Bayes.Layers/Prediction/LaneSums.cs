using Bayes.Layers.Kernels;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>
/// Computes the sums of <see cref="PredictiveMoments"/> in managed code, in one sweep instead of a dozen operations of torch: for outputs in single
/// precision on the CPU, and a likelihood that implements <see cref="ILaneMoments"/> (decision 18).
/// </summary>
/// <remarks>Owns its tensor; dispose it. Several threads may add to different rows.</remarks>
internal sealed class LaneSums : IDisposable
{
    private readonly ILaneMoments _likelihood;
    private readonly int _features;
    private readonly Tensor _sums;

    private LaneSums(ILaneMoments likelihood, int features, long rows)
    {
        (_likelihood, _features) = (likelihood, features);
        _sums = zeros([Lines(likelihood, features), rows], ScalarType.Float64, CPU).Owned();
    }

    /// <summary>Returns sums for outputs like these; null if torch has to compute them.</summary>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="outputs"><c>[s, b, out]</c>.</param>
    /// <param name="rows">The number of rows in all.</param>
    public static LaneSums? TryFor(Likelihood likelihood, Tensor outputs, long rows) =>
        outputs.ndim == 3 && Fitting(likelihood, outputs) is { } moments && FitsInSpan(Lines(moments, (int)outputs.shape[2]) * rows)
            ? new LaneSums(moments, (int)outputs.shape[2], rows)
            : null;

    /// <summary>
    /// Computes the entropies of means with the same arithmetic as those of the draws, so that the two agree if all draws do. Returns null if torch
    /// must compute them.
    /// </summary>
    /// <param name="likelihood">p(y | f), over classes.</param>
    /// <param name="mean"><c>[B, out]</c>.</param>
    /// <returns>In nats, <c>[B, out]</c> or <c>[B]</c>.</returns>
    public static Tensor? TryEntropy(Likelihood likelihood, Tensor mean)
    {
        if (mean.ndim != 2 || Fitting(likelihood, mean) is not { HasEntropyOfEachFeature: { } ofEachFeature } moments)
            return null;
        using var scope = NewDisposeScope();
        int features = (int)mean.shape[1];
        var entropies = empty([MomentKernel.EntropiesOf(moments, features), mean.shape[0]], ScalarType.Float32, CPU);
        MomentKernel.Widest.Entropies(moments, mean.transpose(0, 1).contiguous().AsSpan<float>(), features, entropies.AsSpan<float>());
        return (ofEachFeature ? entropies.transpose(0, 1) : entropies.select(0, 0)).MoveToOuterDisposeScope();
    }

    /// <summary>Adds the outputs <c>[s, b, out]</c> of a block of draws for the rows from <paramref name="row"/> on.</summary>
    /// <param name="outputs">Outputs of the type and number of features that the sums were made for.</param>
    /// <param name="row">The first row.</param>
    /// <param name="isFirst">Whether the first draw of these rows is the first of all.</param>
    public void Add(Tensor outputs, long row, bool isFirst)
    {
        using var scope = NewDisposeScope();
        MomentKernel.Widest.Add(
            _likelihood, outputs.transpose(1, 2).contiguous().AsSpan<float>(), (int)outputs.shape[0], _features, _sums.AsSpan<double>(), (int)row,
            isFirst);
    }

    /// <summary>
    /// Gets the sums of the differences from the first draw, <c>[rows, out]</c>: like all sums, a view in the caller's dispose scope.
    /// </summary>
    public Tensor Differences => Of(1);

    /// <summary>Gets the sums of the squares of these differences, <c>[rows, out]</c>.</summary>
    public Tensor Squares => Of(2);

    // [rows, out] or [rows]; null if the likelihood has none.
    private Tensor? Entropy => _likelihood.HasEntropyOfEachFeature switch
    {
        null => null,
        true => Of(MomentKernel.Quantities),
        false => _sums.select(0, MomentKernel.Quantities * _features),
    };

    /// <summary>Returns the moments of the draws, in the caller's dispose scope.</summary>
    /// <param name="draws">S, how many draws were added.</param>
    /// <param name="logDensity">The logarithm of the mean density of targets, or null.</param>
    public MixtureMoments ToMoments(int draws, Tensor? logDensity)
    {
        ReadOnlySpan<double> sums = _sums.AsSpan<double>();
        int rows = (int)_sums.shape[1], lines = _features * rows;
        Tensor mean = New(), squares = New(), noise = New();
        Span<double> means = mean.AsSpan<double>(), allSquares = squares.AsSpan<double>(), noises = noise.AsSpan<double>();
        double perDraw = 1.0 / draws;
        for (int feature = 0, from = 0; feature < _features; feature++)
            for (int row = 0, to = feature; row < rows; row++, from++, to += _features)
            {
                double difference = sums[lines + from];
                means[to] = sums[from] + difference * perDraw;
                // Rounding can make it negative, and its square root NaN.
                allSquares[to] = Math.Max(0, sums[2 * lines + from] - difference * difference * perDraw);
                noises[to] = sums[3 * lines + from] * perDraw;
            }
        using Scalar share = perDraw;
        return new MixtureMoments(draws, mean, squares, noise, Entropy?.mul(share).contiguous(), logDensity, isOfLanes: true);

        Tensor New() => empty([rows, _features], ScalarType.Float64, CPU);
    }

    /// <summary>Frees the sums.</summary>
    public void Dispose() => _sums.Dispose();

    private Tensor Of(int quantity) => _sums.narrow(0, quantity * _features, _features).transpose(0, 1);

    private static long Lines(ILaneMoments likelihood, int features) =>
        MomentKernel.Quantities * features + MomentKernel.EntropiesOf(likelihood, features);

    // At most 2 GiB.
    private static bool FitsInSpan(long numbers) => numbers <= int.MaxValue / sizeof(double);

    private static ILaneMoments? Fitting(Likelihood likelihood, Tensor outputs) =>
        likelihood is ILaneMoments moments && outputs.dtype == ScalarType.Float32 && outputs.device_type == DeviceType.CPU
        && FitsInSpan(outputs.numel()) && moments.Takes((int)outputs.shape[^1])
            ? moments
            : null;
}
