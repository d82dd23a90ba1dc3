using Bayes.Layers.Kernels;

namespace Bayes.Layers.Tests.Kernels;

/// <summary>One function of an element, as lanes and as numbers, with its slope.</summary>
public sealed class ElementFunctionTests : TorchTest
{
    public static TheoryData<string> WithSlope => ["Tanh", "Sigmoid", "Relu"];

    private static ElementFunction Of(string name) => (ElementFunction)typeof(ElementFunction).GetProperty(name)!.GetValue(null)!;

    [Theory]
    [MemberData(nameof(WithSlope))]
    public void Numbers_and_lanes_have_the_same_values(string name)
    {
        float[] values = [.. Enumerable.Range(-40, 80).Select(i => i / 5f)], numbers = new float[values.Length];
        Of(name).Slope!.Apply<float>(values, numbers);
        var lanes = System.Runtime.InteropServices.MemoryMarshal.Cast<float, Lanes128>(values.AsSpan());
        Of(name).For<Lanes128>().Apply(lanes);
        foreach (var (found, wanted) in values.Zip(numbers))
            found.Should().BeApproximately(wanted, 3e-7f);
    }

    [Theory]
    [MemberData(nameof(WithSlope))]
    public void The_slope_is_the_derivative(string name)
    {
        var slope = Of(name).Slope!;
        const double step = 1e-6;
        foreach (double x in new[] { -3.1, -0.4, 0.3, 2.2 })
        {
            double[] values = [x, x - step, x + step], results = new double[3], gradient = [2];
            slope.Apply<double>(values, results);
            slope.MultiplySlope<double>(results.AsSpan(0, 1), gradient);
            gradient[0].Should().BeApproximately(2 * (results[2] - results[1]) / (2 * step), 1e-8);
        }
    }

    [Fact]
    public void A_function_without_a_slope_says_so()
    {
        foreach (var function in new[] { ElementFunction.Gelu, ElementFunction.Silu, ElementFunction.LeakyRelu(0), ElementFunction.Elu(1),
            ElementFunction.Softplus(1, 20) })
            function.Slope.Should().BeNull();
    }
}
