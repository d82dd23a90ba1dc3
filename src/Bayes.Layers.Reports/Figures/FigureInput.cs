namespace Bayes.Layers.Reports.Figures;

/// <summary>Checks the input of figures.</summary>
internal static class FigureInput
{
    /// <summary>Requires valid points, each further to the right than the one before.</summary>
    /// <exception cref="ArgumentException">A point is not valid or not in order; the message begins with <paramref name="expected"/>.</exception>
    public static void RequireRising<T>(IReadOnlyList<T> points, Func<T, double> place, Func<T, bool> isValid, string expected, string name)
    {
        for (int index = 0; index < points.Count; index++)
            if (!isValid(points[index]) || (index > 0 && !(place(points[index]) > place(points[index - 1]))))
                throw new ArgumentException($"{expected}, but point {index} is {points[index]}.", name);
    }
}
