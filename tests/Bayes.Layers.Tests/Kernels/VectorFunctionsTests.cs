using System.Numerics;
using Bayes.Layers.Kernels;

namespace Bayes.Layers.Tests.Kernels;

/// <summary>Functions of vectors of double precision, compared with torch.</summary>
public sealed class VectorFunctionsTests : TorchTest
{
    [Fact]
    public void The_error_function_matches_torch()
    {
        double[] points =
            [.. Enumerable.Range(-2_000, 4_001).Select(i => i / 250.0), 1e-300, 1e300, double.PositiveInfinity, double.NegativeInfinity];
        double[] expected = Values(tensor(points).erf());
        for (int i = 0; i < points.Length; i++)
        {
            var z = new Vector<double>(points[i]);
            VectorFunctions.Erf(z, Vector.Exp(-(z * z)))[0].Should().BeApproximately(expected[i], 1e-15);
        }
    }

    [Fact]
    public void The_error_function_of_not_a_number_is_not_a_number()
    {
        var z = new Vector<double>(double.NaN);
        double.IsNaN(VectorFunctions.Erf(z, Vector.Exp(-(z * z)))[0]).Should().BeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(21)]
    public void Numbers_are_converted_both_ways(int count)
    {
        float[] values = [.. Enumerable.Range(0, count).Select(i => i * 1.7f - 9)], back = new float[count];
        var doubles = new double[Vectors.PaddedLength(count)];
        Vectors.ToDoubles<float>(values, doubles);
        doubles.Take(count).Should().Equal(values.Select(value => (double)value));
        Vectors.FromDoubles<float>(doubles, back);
        back.Should().Equal(values);
    }
}
