using System.Runtime.InteropServices;
using Bayes.Layers.Kernels;
using Bayes.Layers.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Kernels;

/// <summary>One function of an element, as lanes and as numbers, with its slope, compared with torch and autograd.</summary>
public sealed class ElementFunctionTests : TorchTest
{
    // Torch computes the slope of CELU with 1 / alpha in single precision, which is exact for 2.
    private static readonly Dictionary<string, Func<Module<Tensor, Tensor>>> Modules = new()
    {
        ["tanh"] = () => Tanh(), ["sigmoid"] = () => Sigmoid(), ["relu"] = () => ReLU(), ["relu6"] = () => ReLU6(),
        ["leaky"] = () => LeakyReLU(0.2), ["leaky of slope 0"] = () => LeakyReLU(0),
        ["elu"] = () => ELU(0.7), ["selu"] = () => SELU(), ["celu"] = () => CELU(2),
        ["silu"] = () => SiLU(), ["gelu"] = () => GELU(), ["gelu by tanh"] = () => GELU(TorchSharp.Modules.GELU.Approximate.tanh),
        ["softplus"] = () => Softplus(), ["softplus of its own"] = () => Softplus(1.7, 2), ["log sigmoid"] = () => LogSigmoid(),
        ["mish"] = () => Mish(), ["softsign"] = () => Softsign(),
    };

    public static TheoryData<string> Names => [.. Modules.Keys];

    // Not a corner of any of them.
    private static double[] Points => [.. Enumerable.Range(-75, 150).Select(i => i / 7.0 + 0.013), -800, -90, 40, 800];

    private static ElementFunction Of(string name) => KnownModules.FunctionOf(Modules[name]())!;

    [Theory]
    [MemberData(nameof(Names))]
    public void Values_and_slopes_match_torch(string name)
    {
        double[] points = Points, values = new double[points.Length], slopes = new double[points.Length];
        var input = tensor(points).requires_grad_();
        var expected = Modules[name]().forward(input);
        expected.sum().mul(2).backward();
        Of(name).Slope.Apply<double>(points, values);
        Array.Fill(slopes, 2);
        Of(name).Slope.MultiplySlope<double>(points, values, slopes);
        ShouldBeClose(tensor(values), expected, 1e-14, name);
        ShouldBeClose(tensor(slopes), input.grad!, 2e-14, name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Single_precision_is_rounded_double_precision(string name)
    {
        float[] points = [.. Points.Select(value => (float)value)], values = new float[points.Length], slopes = new float[points.Length];
        double[] same = [.. points.Select(value => (double)value)], wanted = new double[points.Length];
        var loop = Of(name).Slope;
        loop.Apply<double>(same, wanted);
        loop.Apply<float>(points, values);
        values.Should().Equal(wanted.Select(value => (float)value));
        Array.Fill(slopes, 1);
        loop.MultiplySlope<float>(points, values, slopes);
        double[] results = [.. values.Select(value => (double)value)], wantedSlopes = [.. points.Select(_ => 1.0)];
        loop.MultiplySlope<double>(same, results, wantedSlopes);
        slopes.Should().Equal(wantedSlopes.Select(value => (float)value));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Lanes_have_the_same_values(string name)
    {
        float[] values = [.. Enumerable.Range(-40, 80).Select(i => i / 5f)], numbers = new float[values.Length];
        Of(name).Slope.Apply<float>(values, numbers);
        Of(name).For<Lanes128>().Apply(MemoryMarshal.Cast<float, Lanes128>(values.AsSpan()));
        foreach (var (found, wanted) in values.Zip(numbers))
            found.Should().BeApproximately(wanted, 5e-7f * Math.Max(1, Math.Abs(wanted)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Not_a_number_stays_that(string name)
    {
        double[] points = [double.NaN, 1], values = new double[2];
        Of(name).Slope.Apply<double>(points, values);
        values[0].Should().Be(double.NaN);
        double.IsFinite(values[1]).Should().BeTrue();
    }
}
