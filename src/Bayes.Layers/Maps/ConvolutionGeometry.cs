using System.Runtime.CompilerServices;
using Bayes.Layers.Numerics;

namespace Bayes.Layers.Maps;

/// <summary>Kernel, stride, padding and dilation of a convolution, a number for each of its dimensions. Immutable.</summary>
public sealed class ConvolutionGeometry
{
    /// <summary>A geometry.</summary>
    /// <param name="kernelSize">The kernel's size, for one, two or three dimensions; each at least 1.</param>
    /// <param name="stride">Steps between outputs; each at least 1.</param>
    /// <param name="padding">Zeros added at each side of the input; each at least 0.</param>
    /// <param name="dilation">Steps between the kernel's places; each at least 1.</param>
    /// <exception cref="ArgumentException">The numbers of dimensions differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public ConvolutionGeometry(
        IReadOnlyList<long> kernelSize, IReadOnlyList<long> stride, IReadOnlyList<long> padding, IReadOnlyList<long> dilation)
    {
        ArgumentNullException.ThrowIfNull(kernelSize);
        if (kernelSize.Count is < 1 or > 3)
            throw new ArgumentException($"The kernel has {kernelSize.Count} dimensions; expected one, two or three.", nameof(kernelSize));
        KernelSize = Checked(kernelSize, kernelSize.Count, least: 1);
        Stride = Checked(stride, kernelSize.Count, least: 1);
        Padding = Checked(padding, kernelSize.Count, least: 0);
        Dilation = Checked(dilation, kernelSize.Count, least: 1);
    }

    /// <summary>How many dimensions of space or time there are: one, two or three.</summary>
    public int Dimensions => KernelSize.Count;

    /// <summary>The kernel's size.</summary>
    public IReadOnlyList<long> KernelSize { get; }

    /// <summary>Steps between outputs.</summary>
    public IReadOnlyList<long> Stride { get; }

    /// <summary>Zeros added at each side of the input.</summary>
    public IReadOnlyList<long> Padding { get; }

    /// <summary>Steps between the kernel's places.</summary>
    public IReadOnlyList<long> Dilation { get; }

    /// <summary>The product of the kernel's sizes.</summary>
    internal long KernelVolume => KernelSize.Aggregate(1L, (product, next) => product * next);

    internal long[] StrideArray => [.. Stride];

    internal long[] PaddingArray => [.. Padding];

    internal long[] DilationArray => [.. Dilation];

    /// <summary>From the kernel's first place to its last, both counted.</summary>
    internal long Reach(int dimension) => Dilation[dimension] * (KernelSize[dimension] - 1) + 1;

    /// <summary>As PyTorch writes it: what is not the default is named.</summary>
    internal string Describe() =>
        $"kernel_size={Tuple(KernelSize)}, stride={Tuple(Stride)}{Unless(Padding, 0, "padding")}{Unless(Dilation, 1, "dilation")}";

    internal static string Unless(IReadOnlyList<long> values, long usual, string name) =>
        values.All(value => value == usual) ? "" : $", {name}={Tuple(values)}";

    private static string Tuple(IReadOnlyList<long> values) => values.Count == 1 ? $"({values[0]},)" : $"({string.Join(", ", values)})";

    private static IReadOnlyList<long> Checked(
        IReadOnlyList<long> values, int dimensions, long least, [CallerArgumentExpression(nameof(values))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(values, name);
        if (values.Count != dimensions)
            throw new ArgumentException($"{name} has {values.Count} numbers; expected {dimensions}, one for each dimension of the kernel.", name);
        foreach (long value in values)
            if (value < least || value > int.MaxValue)
                throw new ArgumentOutOfRangeException(name, value, $"{name} is {Shapes.Describe([.. values])}; expected whole numbers of at {(value < least ? $"least {least}" : $"most {int.MaxValue}")}.");
        return Array.AsReadOnly<long>([.. values]);
    }
}
