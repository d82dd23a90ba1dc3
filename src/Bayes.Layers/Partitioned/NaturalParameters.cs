using static TorchSharp.torch;

namespace Bayes.Layers.Partitioned;

/// <summary>
/// A product of normal factors of each weight, written as two numbers for each: precision · mean and precision = 1 / variance. A posterior, a prior
/// or what one partition says of the weights; a factor alone may have a precision of 0 or below. Multiplying distributions adds these numbers, and
/// dividing subtracts them (Bui et al. 2018, "Partitioned Variational Inference", §2.2).
/// </summary>
/// <remarks>Immutable, holds no tensors, and may be read by any number of threads.</remarks>
public sealed class NaturalParameters
{
    private readonly double[] _precisionMeans;
    private readonly double[] _precisions;

    internal NaturalParameters(NaturalLayout layout, double[] precisionMeans, double[] precisions) =>
        (Layout, _precisionMeans, _precisions) = (layout, precisionMeans, precisions);

    /// <summary>Gets the names of the weight tensors in order, such as <c>0.weight</c>.</summary>
    public IReadOnlyList<string> Names => Layout.Names;

    /// <summary>Gets the count of weights in all tensors.</summary>
    public int Count => Layout.Count;

    internal NaturalLayout Layout { get; }

    internal ReadOnlySpan<double> PrecisionMeans => _precisionMeans;

    internal ReadOnlySpan<double> Precisions => _precisions;

    /// <summary>Gets whether single precision holds every number exactly.</summary>
    internal bool IsSingle => Array.TrueForAll(_precisionMeans, IsSingleNumber) && Array.TrueForAll(_precisions, IsSingleNumber);

    /// <summary>Returns the shape of a weight tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    public IReadOnlyList<long> ShapeOf(string name) => [.. Layout.Shapes[Layout.IndexOf(name)]];

    /// <summary>Returns precision · mean of each weight of a tensor, row by row.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    public ReadOnlyMemory<double> PrecisionMeansOf(string name) => Part(_precisionMeans, Layout.IndexOf(name));

    /// <summary>Returns the precision of each weight of a tensor, row by row.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    public ReadOnlyMemory<double> PrecisionsOf(string name) => Part(_precisions, Layout.IndexOf(name));

    /// <summary>Returns the number of weights and tensors.</summary>
    public override string ToString() => FormattableString.Invariant($"NaturalParameters({Count} weights in {Names.Count} tensors)");

    internal static NaturalParameters Zero(NaturalLayout layout) => new(layout, new double[layout.Count], new double[layout.Count]);

    internal NaturalParameters Plus(NaturalParameters other) => Combine(other, static (one, two) => one + two);

    internal NaturalParameters Minus(NaturalParameters other) => Combine(other, static (one, two) => one - two);

    /// <summary>Returns the numbers rounded to single precision.</summary>
    internal NaturalParameters Rounded()
    {
        return new NaturalParameters(Layout, Array.ConvertAll(_precisionMeans, Round), Array.ConvertAll(_precisions, Round));

        static double Round(double value) => (float)value;
    }

    /// <summary>Returns the name of a tensor with a number that is NaN or infinite, or null.</summary>
    internal string? NameOfNonFinite()
    {
        int place = Array.FindIndex(_precisionMeans, each => !double.IsFinite(each));
        if (place < 0)
            place = Array.FindIndex(_precisions, each => !double.IsFinite(each));
        return place < 0 ? null : Layout.NameOf(place);
    }

    /// <summary>Returns the natural parameters of a tensor as two tensors of its shape in double precision, in the caller's dispose scope.</summary>
    internal (Tensor PrecisionMean, Tensor Precision) TensorsOf(int index)
    {
        using var scope = NewDisposeScope();
        return scope.MoveToOuter(Make(_precisionMeans), Make(_precisions));

        Tensor Make(double[] values) => tensor(Part(values, index).ToArray(), ScalarType.Float64, CPU).reshape(Layout.Shapes[index]);
    }

    internal ReadOnlyMemory<double> Part(double[] values, int index) => values.AsMemory(Layout.Starts[index]..Layout.Starts[index + 1]);

    private static bool IsSingleNumber(double value) => (float)value == value;

    private NaturalParameters Combine(NaturalParameters other, Func<double, double, double> combine)
    {
        double[] precisionMeans = new double[Count], precisions = new double[Count];
        for (int i = 0; i < Count; i++)
        {
            precisionMeans[i] = combine(_precisionMeans[i], other._precisionMeans[i]);
            precisions[i] = combine(_precisions[i], other._precisions[i]);
        }
        return new NaturalParameters(Layout, precisionMeans, precisions);
    }
}
