using Bayes.Layers.Kernels;

namespace Bayes.Layers.Tests.Kernels;

public sealed class VectorsTests
{
    private static float[] Exp(IReadOnlyList<float> values)
    {
        float[] results = new float[values.Count];
        Vectors.Exp([.. values], 1f, results);
        return results;
    }

    [Fact]
    public void Exponentials_of_single_precision_are_exact_to_two_units_in_the_last_place()
    {
        float[] values = [.. Enumerable.Range(0, 1 << 20).Select(i => (i / (float)(1 << 20) - 0.5f) * 174f),
            .. Enumerable.Range(0, 1 << 16).Select(i => (i / (float)(1 << 16) - 0.5f) * 2f)];
        foreach (var (value, found) in values.Zip(Exp(values)))
        {
            double exact = Math.Exp(value);
            double unit = MathF.BitIncrement((float)exact) - (double)(float)exact;
            if (Math.Abs(found - exact) > 2 * unit)
                Assert.Fail($"e^{value} is {exact} and was {found}.");
        }
    }

    [Fact]
    public void One_number_out_of_range_does_not_affect_the_others()
    {
        float[] values = [.. Enumerable.Range(0, 35).Select(i => i == 17 ? 95f : i / 10f)], results = new float[35];
        Vectors.Exp(values, 0.5f, results);
        foreach (var (value, found) in values.Zip(results))
            found.Should().BeApproximately(MathF.Exp(value / 2), 3e-7f * MathF.Exp(value / 2));
        Vectors.Exp(values, 1f, results);
        results[17].Should().Be(float.PositiveInfinity);
        results[16].Should().BeApproximately(MathF.Exp(1.6f), 1e-6f);
    }

    [Fact]
    public void Doubles_match_the_library()
    {
        double[] values = [.. Enumerable.Range(0, 35).Select(i => i - 17.5)], results = new double[35];
        Vectors.Exp(values, 0.5, results);
        foreach (var (value, found) in values.Zip(results))
            found.Should().BeApproximately(Math.Exp(value / 2), 1e-15 * Math.Exp(value / 2));
    }

    [Fact]
    public void Ends_of_the_range_match_the_library()
    {
        foreach (float value in new[] { 0, -0f, 87.5f, 88.7f, 89, 1000, -87.5f, -100, -104, -1000, float.PositiveInfinity, float.NegativeInfinity,
            float.NaN, float.Epsilon })
        {
            float expected = MathF.Exp(value);
            foreach (float found in Exp([.. Enumerable.Repeat(value, 35)]))
                if (float.IsFinite(expected))
                    found.Should().BeApproximately(expected, expected * 3e-7f + 1.5e-45f, "of {0}", value);
                else
                    found.Should().Be(expected);
        }
    }
}
