using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>
/// A probability for every class of every example, read from a tensor and checked. The binary form, p of class 1 only, becomes rows (1 − p, p),
/// because each metric should be written only once.
/// </summary>
internal sealed class ClassProbabilities
{
    // Rows that were rounded, or averaged over draws, do not sum to one exactly.
    private const double SumTolerance = 1e-3;

    private readonly double[] _values;

    private ClassProbabilities(double[] values, int classes, bool isBinary)
    {
        _values = values;
        Classes = classes;
        IsBinary = isBinary;
    }

    public int Classes { get; }

    public int Count => _values.Length / Classes;

    /// <summary>Gets whether the tensor held p of class 1 only.</summary>
    public bool IsBinary { get; }

    public ReadOnlySpan<double> Row(int example) => _values.AsSpan(example * Classes, Classes);

    /// <summary>
    /// Reads <c>[N]</c> or <c>[N, 1]</c> of class 1, or <c>[N, C]</c> with C ≥ 2 and rows that sum to one within 0.001, or within the machine
    /// epsilon of the tensor's type if that is larger: 2^−7 in BFloat16.
    /// </summary>
    public static ClassProbabilities Read(Tensor probability)
    {
        ArgumentNullException.ThrowIfNull(probability);
        RequireAxes(probability);
        if (probability.numel() == 0)
            throw new ArgumentException("There are no examples; expected at least one.", nameof(probability));
        Require.WithinUnitInterval(probability, nameof(probability));

        double[] values = probability.ReadDoubles();
        if (probability.ndim == 1 || probability.shape[1] == 1)
            return OfClassOne(values);
        var rows = new ClassProbabilities(values, checked((int)probability.shape[1]), isBinary: false);
        double tolerance = Tolerance(probability.dtype);
        for (int example = 0; example < rows.Count; example++)
        {
            double sum = 0;
            foreach (double value in rows.Row(example))
                sum += value;
            if (Math.Abs(sum - 1) > tolerance)
                throw new ArgumentException(
                    $"The probabilities of row {example} sum to {sum}; expected 1 within {tolerance}.", nameof(probability));
        }
        return rows;
    }

    /// <summary>Refuses probabilities with another number of axes; the message shows the calls that turn several places into rows.</summary>
    public static void RequireAxes(Tensor probability)
    {
        if (probability.ndim is 1 or 2)
            return;
        throw new ArgumentException(
            $"The probability has shape {Shapes.Describe(probability.shape)}; expected [N] or [N, 1] of class 1, or [N, C] of all classes"
            + (probability.ndim == 0
                ? "."
                : ": flatten it by probability.flatten(0, -2) if the classes are along its last axis, "
                    + "by probability.movedim(1, -1).flatten(0, -2) if along axis 1, and the target by target.flatten()."),
            nameof(probability));
    }

    // Rounding changes p by at most p · eps / 2, and so the sum by eps / 2; the mean of rounded draws is rounded twice.
    private static double Tolerance(ScalarType dtype) =>
        is_floating_point(dtype) ? Math.Max(SumTolerance, finfo(dtype).eps) : SumTolerance;

    private static ClassProbabilities OfClassOne(double[] values)
    {
        double[] pairs = new double[2 * values.Length];
        for (int example = 0; example < values.Length; example++)
            (pairs[2 * example], pairs[2 * example + 1]) = (1 - values[example], values[example]);
        return new ClassProbabilities(pairs, classes: 2, isBinary: true);
    }
}
