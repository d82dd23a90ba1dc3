using System.Globalization;

namespace Bayes.Layers.Samples.Compare;

/// <summary>What the numbers say, in sentences.</summary>
internal static class CompareFindings
{
    /// <summary>Returns the sentences.</summary>
    /// <param name="methods">The numbers of all methods.</param>
    /// <param name="title">Returns a method's title.</param>
    public static IEnumerable<string> Of(IReadOnlyList<MethodMetrics> methods, Func<string, string> title)
    {
        if (methods.Count < 2)
            yield break;
        var densest = methods.MaxBy(method => method.LogDensity)!;
        var sparsest = methods.MinBy(method => method.LogDensity)!;
        yield return $"The log density of the test rows is highest with {title(densest.Name)}, {Text(densest.LogDensity)} nats, "
            + $"and lowest with {title(sparsest.Name)}, {Text(sparsest.LogDensity)} nats.";
        if (Largest(methods, method => method.OodAuroc) is var (unseen, auroc))
            yield return $"Unseen inputs are told apart best by {title(unseen)}: with probability {Text(auroc)}, one is more uncertain than a test "
                + "row.";
        MethodMetrics[] sure = [.. methods.Where(method => method.Coverage95InGap < 0.9)];
        if (methods.Any(method => method.Coverage95InGap is not null))
            yield return sure.Length == 0
                ? "In the gap, the 95 % intervals of every method contain at least 90 % of the targets."
                : "In the gap, 95 % intervals contain less than 90 % of the targets with "
                    + string.Join(", ", sure.Select(method => $"{title(method.Name)} ({Text(method.Coverage95InGap!.Value)})")) + ".";
        if (Smallest(methods, method => method.TotalVariationFromHmc) is var (near, distance))
            yield return $"Nearest to the predictive distribution of HMC is {title(near)}, with a mean total variation distance of {Text(distance)}.";
        yield return $"Training took from {Seconds(methods.Min(method => method.TrainSeconds))} to "
            + $"{Seconds(methods.Max(method => method.TrainSeconds))} seconds.";
    }

    private static (string Name, double Value)? Largest(IReadOnlyList<MethodMetrics> methods, Func<MethodMetrics, double?> value) =>
        Smallest(methods, method => -value(method)) is var (name, least) ? (name, -least) : null;

    private static (string Name, double Value)? Smallest(IReadOnlyList<MethodMetrics> methods, Func<MethodMetrics, double?> value) =>
        methods.Where(method => value(method) is not null).MinBy(method => value(method)) is { } found ? (found.Name, value(found)!.Value) : null;

    private static string Text(double value) => value.ToString("F3", CultureInfo.InvariantCulture).Replace('-', '−');

    private static string Seconds(double value) => value.ToString("F1", CultureInfo.InvariantCulture);
}
