namespace Bayes.Layers.Uncertainty.Uci;

/// <summary>
/// How much two methods differ on the splits that both have. The spread between splits, which is most of a method's standard error, cancels.
/// </summary>
/// <param name="Set">The set.</param>
/// <param name="Method">The method.</param>
/// <param name="Other">The method that is subtracted.</param>
/// <param name="Splits">Number of common splits.</param>
/// <param name="Rmse">Mean difference of the RMSE; below 0 the method is better.</param>
/// <param name="RmseSe">Its standard error; null for a single split.</param>
/// <param name="LogDensity">Mean difference of the log density; above 0 the method is better.</param>
/// <param name="LogDensitySe">Its standard error; null for a single split.</param>
internal sealed record PairedDifference(
    string Set, string Method, string Other, int Splits, double Rmse, double? RmseSe, double LogDensity, double? LogDensitySe)
{
    /// <summary>Compares two methods on a set; returns null if they have no split in common.</summary>
    public static PairedDifference? Of(IReadOnlyList<SplitScore> scores, string set, string method, string other)
    {
        var pairs = (
            from score in scores
            where score.Set == set && score.Method == method
            join same in scores.Where(score => score.Set == set && score.Method == other) on score.Split equals same.Split
            select (Rmse: score.Rmse - same.Rmse, LogDensity: score.LogDensity - same.LogDensity)).ToArray();
        return pairs.Length == 0 ? null : new PairedDifference(
            set, method, other, pairs.Length,
            pairs.Average(pair => pair.Rmse), MethodScore.StandardError(pairs.Select(pair => pair.Rmse)),
            pairs.Average(pair => pair.LogDensity), MethodScore.StandardError(pairs.Select(pair => pair.LogDensity)));
    }
}
