using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Computes quantiles of draws, interpolated linearly as NumPy and PyTorch do by default.</summary>
internal static class SampleQuantiles
{
    /// <summary>Returns a quantile for each level, <c>[Q, …]</c>.</summary>
    /// <param name="draws"><c>[S, …]</c>, in double precision; a NaN among the draws makes their quantiles NaN.</param>
    /// <param name="levels">In [0, 1].</param>
    public static Tensor Of(Tensor draws, IReadOnlyList<double> levels) =>
        DrawColumns.TryCompute([draws], levels.Count, () => (columns, quantiles) => OfColumn(columns[0], levels, quantiles))
            ?? InTorch(draws, levels);

    private static void OfColumn(double[] draws, IReadOnlyList<double> levels, Span<double> quantiles)
    {
        Array.Sort(draws);
        for (int i = 0; i < quantiles.Length; i++)
        {
            double position = levels[i] * (draws.Length - 1);
            int below = (int)position;
            double low = draws[below], high = draws[Math.Min(below + 1, draws.Length - 1)];
            // Equal ends, also infinite ones, need no interpolation. A NaN is sorted first.
            quantiles[i] = double.IsNaN(draws[0]) ? double.NaN : low == high ? low : low + (position - below) * (high - low);
        }
    }

    private static Tensor InTorch(Tensor draws, IReadOnlyList<double> levels)
    {
        using var scope = NewDisposeScope();
        var (sorted, _) = draws.sort(dim: 0);
        long highest = draws.shape[0] - 1;
        var last = sorted.select(0, highest);
        var quantiles = new List<Tensor>();
        foreach (double level in levels)
        {
            double position = level * highest;
            long below = (long)position;
            using Scalar share = position - below;
            Tensor low = sorted.select(0, below), high = sorted.select(0, Math.Min(below + 1, highest));
            // Equal ends, also infinite ones, need no interpolation. A NaN is sorted last.
            var quantile = where(low.eq(high), low, low.add(high.add(low, Scalars.MinusOne), share));
            quantiles.Add(where(last.isnan(), last, quantile));
        }
        return stack(quantiles).MoveToOuterDisposeScope();
    }
}
