namespace Bayes.Layers.Tests.Evaluation;

/// <summary>Examples whose class frequencies are exactly the predicted probabilities.</summary>
internal static class ExactlyCalibrated
{
    /// <summary>For each k from 1 to 9, ten examples with probability k/10, k of them of class 1.</summary>
    public static (Tensor Probability, Tensor Target) Binary()
    {
        var probabilities = Enumerable.Range(1, 9).SelectMany(k => Enumerable.Repeat(k / 10.0, 10));
        var classes = Enumerable.Range(1, 9).SelectMany(k => Enumerable.Range(0, 10).Select(i => i < k ? 1L : 0));
        return (tensor(probabilities.ToArray()), tensor(classes.ToArray()));
    }

    /// <summary>Ten examples for each of several rows of three tenths.</summary>
    public static (Tensor Probability, Tensor Target) ThreeClasses()
    {
        int[][] rows = [[1, 2, 7], [6, 3, 1], [3, 4, 3], [8, 1, 1], [2, 6, 2]];
        var probabilities = rows.SelectMany(row => Enumerable.Repeat(row.Select(tenths => tenths / 10.0), 10)).SelectMany(row => row);
        var classes = rows.SelectMany(row => row.SelectMany((tenths, index) => Enumerable.Repeat((long)index, tenths)));
        return (tensor(probabilities.ToArray()).reshape(-1, 3), tensor(classes.ToArray()));
    }
}
