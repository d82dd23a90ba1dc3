using Bayes.Layers.Numerics;

namespace Bayes.Layers.Tests.Numerics;

public sealed class NamedNormalsTests
{
    private const long Seed = -8_123_456_789_012_345_678;

    private static float[] Numbers(int count, long seed = Seed, ulong stream = 77, uint draw = 5)
    {
        var numbers = new float[count];
        NamedNormals.Fill(numbers, seed, stream, draw);
        return numbers;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(64)]
    [InlineData(97)]
    [InlineData(100_003)]
    public void Vectors_and_scalars_agree_to_the_bit(int count)
    {
        var scalars = new float[count];
        foreach (uint draw in new[] { 0u, 1u, 4_000_000_000u })
        {
            NamedNormals.FillByScalars(scalars, Seed, 0xfedcba9876543210, draw);
            Numbers(count, stream: 0xfedcba9876543210, draw: draw).Should().Equal(scalars);
        }
    }

    [Fact]
    public void The_first_numbers_are_the_same_on_every_machine()
    {
        // Recorded once: a change here changes every draw of every seed and breaks merging with earlier ones.
        float[] numbers = Numbers(40, seed: 42, stream: NamedNormals.Stream("0.weight_mu"), draw: 3);
        string.Join(' ', new[] { 0, 1, 8, 16, 24, 31, 32, 39 }.Select(i => BitConverter.SingleToUInt32Bits(numbers[i]).ToString("x8")))
            .Should().Be("bf2146ea bfa207a1 bf8024b3 be7116fd 3fc87dba be278435 bffac33f 3f06d7d6");
    }

    [Fact]
    public void A_number_does_not_depend_on_the_count_or_the_first_index()
    {
        float[] all = Numbers(1_000);
        Numbers(77).Should().Equal(all[..77]);
        var rest = new float[1_000 - 7 * NamedNormals.Tile];
        NamedNormals.Fill(rest, Seed, 77, 5, firstTile: 7);
        rest.Should().Equal(all[(7 * NamedNormals.Tile)..]);
    }

    [Fact]
    public void Other_seeds_streams_and_draws_give_other_numbers()
    {
        float[] numbers = Numbers(64);
        foreach (float[] other in new[] { Numbers(64, seed: Seed + 1), Numbers(64, seed: Seed + (1L << 32)), Numbers(64, stream: 78),
            Numbers(64, stream: 77 + (1UL << 32)), Numbers(64, draw: 6) })
            other.Intersect(numbers).Should().BeEmpty();
    }

    [Fact]
    public void They_are_standard_normal()
    {
        // Moments of a million numbers, each within five of its standard errors, and the distribution function at some points.
        const int count = 1 << 20;
        double[] z = [.. Numbers(count).Select(value => (double)value)];
        z.Should().OnlyContain(value => double.IsFinite(value));
        double[] moments = [.. new[] { 1, 2, 3, 4 }.Select(power => z.Average(value => Math.Pow(value, power)))];
        double[] expected = [0, 1, 0, 3], variances = [1, 2, 15, 96];
        for (int i = 0; i < 4; i++)
            moments[i].Should().BeApproximately(expected[i], 5 * Math.Sqrt(variances[i] / count), "moment {0}", i + 1);
        foreach (var (point, below) in new[] { (-3.0, 0.0013498980316301), (-1.0, 0.158655253931457), (0.0, 0.5), (0.5, 0.691462461274013),
            (2.0, 0.977249868051821), (4.0, 0.999968328758167) })
            ((double)z.Count(value => value < point) / count)
                .Should().BeApproximately(below, 5 * Math.Sqrt(below * (1 - below) / count), "P(z < {0})", point);
    }

    [Fact]
    public void Neighbours_draws_and_streams_are_uncorrelated()
    {
        const int count = 1 << 18;
        float[] z = Numbers(count), nextDraw = Numbers(count, draw: 6), nextStream = Numbers(count, stream: 78),
            nextSeed = Numbers(count, seed: Seed + 1);
        foreach (int lag in new[] { 1, 2, 8, 16, 24, 32 })
            Correlation(z[lag..], z[..^lag]).Should().BeApproximately(0, 5 / Math.Sqrt(count), "lag {0}", lag);
        foreach (float[] other in new[] { nextDraw, nextStream, nextSeed })
            Correlation(z, other).Should().BeApproximately(0, 5 / Math.Sqrt(count));

        static double Correlation(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Average();
    }

    [Fact]
    public void Numbers_are_as_exact_as_their_type()
    {
        // The transform repeated in double precision from the same words.
        float[] numbers = Numbers(32 * 2_000);
        for (uint block = 0; block < 16_000; block++)
        {
            var (w0, w1, w2, w3) = Philox.Generate(block, 5, 77, 0, unchecked((uint)Seed), unchecked((uint)(Seed >> 32)));
            Check(w0, w1, 0);
            Check(w2, w3, 16);

            void Check(uint radiusWord, uint angleWord, int offset)
            {
                double u = (float)((float)(int)(radiusWord >> 1) + 0.5f) / 2147483648.0;
                double radius = Math.Sqrt(-2 * Math.Log(u));
                var (sine, cosine) = Math.SinCos(2 * Math.PI * angleWord / 4294967296.0);
                int at = (int)(block / 8 * 32 + block % 8) + offset;
                ((double)numbers[at]).Should().BeApproximately(radius * cosine, 1e-6);
                ((double)numbers[at + 8]).Should().BeApproximately(radius * sine, 1e-6);
            }
        }
    }
}
