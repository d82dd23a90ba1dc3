using static TorchSharp.torch;

namespace Bayes.Layers.Conformal;

/// <summary>The scores of calibration rows: of each output, by group, with or without weights. Immutable.</summary>
internal sealed class ScoreTable
{
    private const int GroupsNamed = 5;

    private readonly Dictionary<long, ScoreDistribution[]> _groups;
    private readonly bool _hasGroups;
    private readonly bool _hasWeights;
    private readonly int _outputs;

    /// <summary>Creates a table.</summary>
    /// <param name="scores">The scores of all rows, with those of a row's outputs one after the other.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="groups">The label of each row, <c>[rows]</c>, or null.</param>
    /// <param name="weights">The weight of each row, <c>[rows]</c>, or null.</param>
    /// <exception cref="ArgumentException">Labels or weights do not fit, or a score is NaN.</exception>
    public ScoreTable(double[] scores, long rows, Tensor? groups, Tensor? weights)
    {
        _outputs = checked((int)(scores.Length / rows));
        int broken = Array.FindIndex(scores, double.IsNaN);
        if (broken >= 0)
            throw new ArgumentException(
                $"The score of calibration row {broken / _outputs} is NaN; expected numbers: look for a NaN in its prediction.", "calibration");
        long[]? labels = RowNumbers.Groups(groups, rows);
        double[]? values = RowNumbers.Weights(weights, rows);
        (_hasGroups, _hasWeights) = (labels is not null, values is not null);
        _groups = Enumerable.Range(0, (int)rows).GroupBy(row => labels?[row] ?? 0).ToDictionary(group => group.Key, group => OfRows([.. group]));

        ScoreDistribution[] OfRows(int[] members) =>
        [
            .. Enumerable.Range(0, _outputs).Select(output => new ScoreDistribution(
                Array.ConvertAll(members, row => scores[row * _outputs + output]),
                values is null ? null : Array.ConvertAll(members, row => values[row]))),
        ];
    }

    /// <summary>Returns the quantile for each output of each row, and a sentence if some are infinite.</summary>
    /// <param name="coverage">The probability that a score is at most its quantile.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="groups">The label of each row, if the calibration has groups.</param>
    /// <param name="weights">The weight of each row, if the calibration has weights.</param>
    /// <param name="consequence">What an infinite quantile leads to, as the end of the sentence.</param>
    /// <exception cref="ArgumentException">Labels or weights do not fit those of the calibration.</exception>
    public (double[] Quantiles, string? Caution) Quantiles(double coverage, long rows, Tensor? groups, Tensor? weights, string consequence)
    {
        RequireAlike(_hasGroups, groups, "groups", "a label");
        RequireAlike(_hasWeights, weights, "weights", "a weight");
        long[]? labels = RowNumbers.Groups(groups, rows);
        double[]? values = RowNumbers.Weights(weights, rows);
        double[] quantiles = new double[rows * _outputs];
        var known = new Dictionary<long, double[]>();
        long infinite = 0;
        var small = new SortedSet<long>();
        for (int row = 0; row < rows; row++)
        {
            long label = labels?[row] ?? 0;
            double[] own = values is null ? Unweighted(label) : Of(label, values[row]);
            own.CopyTo(quantiles, row * _outputs);
            if (!own.Any(double.IsPositiveInfinity))
                continue;
            infinite++;
            small.Add(label);
        }
        return (quantiles, infinite == 0 ? null : Caution());

        double[] Unweighted(long label) => known.TryGetValue(label, out double[]? found) ? found : known[label] = Of(label, 1);

        double[] Of(long label, double weight) => _groups.TryGetValue(label, out var distributions)
            ? Array.ConvertAll(distributions, each => each.Quantile(coverage, weight))
            : [.. Enumerable.Repeat(double.PositiveInfinity, _outputs)];

        string Caution()
        {
            long needed = ScoreDistribution.RowsNeeded(coverage);
            if (_hasWeights)
                return FormattableString.Invariant($"For {infinite} of {rows} rows, the weights of the calibration rows do not reach coverage ")
                    + FormattableString.Invariant($"{coverage}, which needs at least {needed} rows even if all weights are equal: {consequence}.");
            // Enough rows, and still infinite: so many of their scores are.
            if (small.All(label => CountOf(label) >= needed))
                return $"So many calibration scores are infinite that the quantile is, too: {consequence}.";
            return _hasGroups
                ? FormattableString.Invariant($"Coverage {coverage} needs at least {needed} calibration rows in each group, and ")
                    + $"{string.Join(", ", small.Take(GroupsNamed).Select(Describe))}{(small.Count > GroupsNamed ? ", …" : "")}: {consequence}."
                : FormattableString.Invariant($"Coverage {coverage} needs at least {needed} calibration rows, and there are {CountOf(0)}: ")
                    + $"{consequence}.";
        }

        string Describe(long label) => FormattableString.Invariant($"group {label} has {CountOf(label)}");

        int CountOf(long label) => _groups.TryGetValue(label, out var distributions) ? distributions[0].Count : 0;
    }

    private static void RequireAlike(bool isCalibrated, Tensor? numbers, string name, string each)
    {
        if (isCalibrated && numbers is null)
            throw new ArgumentException($"The calibration has {name}, and the prediction has none; expected {each} for each row.", name);
        if (!isCalibrated && numbers is not null)
            throw new ArgumentException($"The prediction has {name}, and the calibration has none; expected both with {name}, or neither.", name);
    }
}
