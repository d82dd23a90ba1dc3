using System.Runtime.InteropServices;
using Bayes.Layers.Kernels;
using Bayes.Layers.Tests.Golden;

namespace Bayes.Layers.Tests.Kernels;

/// <summary>Moments of functions of normal numbers, many side by side, in registers of all widths.</summary>
public sealed class NormalLoopTests : TorchTest
{
    private static readonly Dictionary<string, ElementFunction> Functions = new()
    {
        ["relu"] = ElementFunction.Relu, ["tanh"] = ElementFunction.Tanh, ["sigmoid"] = ElementFunction.Sigmoid,
        ["gelu"] = ElementFunction.Gelu, ["silu"] = ElementFunction.Silu,
    };

    public static TheoryData<string> Names => [.. Functions.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Moments_match_golden_numbers(string name)
    {
        var golden = (params ReadOnlySpan<string> path) => Values(GoldenData.Tensor(["inference", "normal_moments", .. path]));
        float[] means = [.. golden("mean").Select(value => (float)value), 0];
        float[] variances = [.. golden("stddev").Select(value => (float)(value * value)), 0];
        foreach (var (foundMeans, foundVariances) in Results(Functions[name], means, variances))
        {
            Largest(foundMeans, golden(name, "mean")).Should().BeLessThan(1e-6);
            Largest(foundVariances, golden(name, "variance")).Should().BeLessThan(1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Without_variance_the_function_is_left_and_extreme_variances_are_finite(string name)
    {
        float[] means = [-1e6f, -3, 0, 1e-20f, 2, 1e6f, 40, -40];
        foreach (float variance in new[] { 0, 1e-30f, 1e-12f, 1, 1e12f, 1e30f })
            foreach (var (foundMeans, foundVariances) in Results(Functions[name], means, [.. means.Select(_ => variance)]))
            {
                foundMeans.Concat(foundVariances).Should().OnlyContain(value => float.IsFinite(value), $"{variance}");
                foundVariances.Should().OnlyContain(value => value >= 0);
                if (variance > 0)
                    continue;
                float[] wanted = [.. means];
                Functions[name].For<Lanes128>().Apply(MemoryMarshal.Cast<float, Lanes128>(wanted.AsSpan()));
                foundMeans.Zip(wanted, (found, exact) => Math.Abs(found - exact) / Math.Max(1, Math.Abs(exact))).Max().Should().BeLessThan(1e-6f);
                foundVariances.Should().OnlyContain(value => value == 0);
            }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_NaN_stays_in_its_lane(string name)
    {
        float[] means = [1, float.NaN, 2, 3, 0, 0, 0, 0], variances = [1, 1, float.NaN, 1, 0, 0, 0, 0];
        foreach (var (foundMeans, foundVariances) in Results(Functions[name], means, variances))
        {
            foundMeans[1..3].Concat(foundVariances[1..3]).Should().OnlyContain(value => float.IsNaN(value));
            new[] { foundMeans[0], foundMeans[3], foundVariances[0], foundVariances[3] }.Should().OnlyContain(value => float.IsFinite(value));
        }
    }

    private static double Largest(float[] found, double[] wanted) =>
        found.Zip(wanted, (own, golden) => Math.Abs(own - golden) / Math.Max(1, golden)).Max();

    // Eight numbers fill a register of 256 bits, two of 128, and half of one of 512.
    private static IEnumerable<(float[] Means, float[] Variances)> Results(ElementFunction function, float[] means, float[] variances)
    {
        yield return Result<Lanes128>(function, means, variances);
        yield return Result<Lanes256>(function, means, variances);
        yield return Result<Lanes512>(function, [.. means, .. means], [.. variances, .. variances]);
    }

    private static (float[] Means, float[] Variances) Result<TLanes>(ElementFunction function, float[] means, float[] variances)
        where TLanes : struct, ILanes<TLanes>
    {
        float[] ownMeans = [.. means], ownVariances = [.. variances];
        function.NormalFor<TLanes>().Apply(
            MemoryMarshal.Cast<float, TLanes>(ownMeans.AsSpan()), MemoryMarshal.Cast<float, TLanes>(ownVariances.AsSpan()));
        return (ownMeans[..8], ownVariances[..8]);
    }
}
