namespace Bayes.Layers.Tests.Precision;

/// <summary>A computation from the same numbers in single and in double precision.</summary>
/// <param name="Item">The item of <see cref="Tolerances"/> that it belongs to.</param>
/// <param name="Name">The name among the cases of the item.</param>
/// <param name="Covers">The types, methods or properties of the library that the case covers.</param>
/// <param name="Compute">Computes named results in an element type.</param>
internal sealed record PrecisionCase(string Item, string Name, IReadOnlyList<string> Covers, Func<ScalarType, Dictionary<string, Tensor>> Compute)
{
    /// <summary>Returns N(0, 1) numbers of single precision in an element type.</summary>
    public static Tensor Numbers(ScalarType dtype, long seed, params long[] shape) => new SameNoise(seed).StandardNormal(shape, dtype, CPU);

    /// <summary>
    /// Returns the largest error of a result in single precision, in last places: |single − double| over the largest number of the
    /// result in double precision, in units of 2⁻²³.
    /// </summary>
    public static double LastPlaces(Tensor single, Tensor exact)
    {
        single.shape.Should().Equal(exact.shape);
        using var scope = NewDisposeScope();
        double error = single.detach().to(float64).sub(exact.detach().to(float64)).abs().max().ToDouble();
        double size = exact.detach().to(float64).abs().max().ToDouble();
        double.IsFinite(size).Should().BeTrue("the result in double precision is to compare with");
        return error == 0 ? 0 : error / size * (1 << 23);
    }
}
