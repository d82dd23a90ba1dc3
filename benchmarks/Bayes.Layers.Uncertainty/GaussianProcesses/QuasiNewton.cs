namespace Bayes.Layers.Uncertainty.GaussianProcesses;

/// <summary>
/// Maximises a smooth function of many numbers by L-BFGS (Nocedal &amp; Wright 2006, algorithm 7.5) with steps that satisfy the weak Wolfe conditions
/// (their eq. 3.6), found by bisection.
/// </summary>
internal static class QuasiNewton
{
    private const int Memory = 20, MostTrials = 25;
    private const double Increase = 1e-4, Flattening = 0.9;

    // No parameter changes by more in one step, so that logarithms stay where they mean something.
    private const double LongestStep = 2;

    // The search ends after this many steps in a row that each gained less than a share of the value.
    private const int SmallGains = 3;
    private const double SmallGain = 1e-6;

    /// <summary>Returns the best parameters found, and the value there.</summary>
    /// <param name="function">Returns the value and its gradient; null where the function is not defined.</param>
    /// <param name="start">Where to start.</param>
    /// <param name="steps">Most steps.</param>
    /// <param name="cancellationToken">Ends the search by an exception.</param>
    /// <returns>Null if the function is not defined at the start.</returns>
    public static (double[] Parameters, double Value)? Maximize(
        Func<double[], (double Value, double[] Gradient)?> function, double[] start, int steps, CancellationToken cancellationToken)
    {
        if (function(start) is not { } current)
            return null;
        double[] at = start;
        var history = new List<(double[] Step, double[] Change)>();
        int small = 0;
        for (int step = 0; step < steps && small < SmallGains; step++)
        {
            double[] direction = DirectionOf(current.Gradient, history);
            double slope = Dot(direction, current.Gradient);
            if (!(slope > 0))
            {
                history.Clear();
                direction = DirectionOf(current.Gradient, history);
                slope = Dot(direction, current.Gradient);
                if (!(slope > 0))
                    break;
            }
            if (Search(function, at, current.Value, direction, slope, cancellationToken) is not { } found)
            {
                // The curvature that was learned may be wrong here: once more along the gradient alone.
                if (history.Count == 0)
                    break;
                history.Clear();
                continue;
            }
            double[] moved = Combine(found.At, at, -1), change = Combine(current.Gradient, found.Gradient, -1);
            if (Dot(moved, change) > 1e-10 * Math.Sqrt(Dot(moved, moved) * Dot(change, change)))
                history.Add((moved, change));
            if (history.Count > Memory)
                history.RemoveAt(0);
            small = found.Value - current.Value < SmallGain * Math.Max(1, Math.Abs(current.Value)) ? small + 1 : 0;
            (at, current) = (found.At, (found.Value, found.Gradient));
        }
        return (at, current.Value);
    }

    private static (double[] At, double Value, double[] Gradient)? Search(
        Func<double[], (double Value, double[] Gradient)?> function, double[] start, double value, double[] direction, double slope,
        CancellationToken cancellationToken)
    {
        double longest = LongestStep / Math.Max(direction.Max(Math.Abs), 1e-300);
        double least = 0, most = double.PositiveInfinity, length = Math.Min(1, longest);
        (double[], double, double[])? best = null;
        for (int trial = 0; trial < MostTrials; trial++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double[] at = Combine(start, direction, length);
            if (function(at) is not { } here || here.Value < value + Increase * length * slope)
                most = length;
            else
            {
                best = (at, here.Value, here.Gradient);
                if (Dot(here.Gradient, direction) <= Flattening * slope || length >= longest)
                    return best;
                least = length;
            }
            length = double.IsInfinity(most) ? Math.Min(2 * length, longest) : 0.5 * (least + most);
        }
        return best;
    }

    // The two loops of the algorithm.
    private static double[] DirectionOf(double[] gradient, List<(double[] Step, double[] Change)> history)
    {
        double[] direction = [.. gradient];
        if (history.Count == 0)
        {
            double size = Math.Sqrt(Dot(gradient, gradient));
            return Combine(new double[gradient.Length], gradient, size > 0 ? Math.Min(1, 0.5 / gradient.Max(Math.Abs)) : 0);
        }
        var shares = new double[history.Count];
        for (int i = history.Count - 1; i >= 0; i--)
        {
            shares[i] = Dot(history[i].Step, direction) / Dot(history[i].Step, history[i].Change);
            direction = Combine(direction, history[i].Change, -shares[i]);
        }
        var (step, change) = history[^1];
        double scale = Dot(step, change) / Dot(change, change);
        direction = [.. direction.Select(value => scale * value)];
        for (int i = 0; i < history.Count; i++)
        {
            double share = Dot(history[i].Change, direction) / Dot(history[i].Step, history[i].Change);
            direction = Combine(direction, history[i].Step, shares[i] - share);
        }
        return direction;
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double[] Combine(double[] a, double[] b, double share) => [.. a.Zip(b, (x, y) => x + share * y)];
}
