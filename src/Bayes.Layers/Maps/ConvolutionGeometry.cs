using System.Runtime.CompilerServices;
using Bayes.Layers.Numerics;
using TorchSharp;

namespace Bayes.Layers.Maps;

/// <summary>Kernel, stride, padding and dilation of a convolution, one number for each dimension. Immutable.</summary>
public sealed class ConvolutionGeometry
{
    private static readonly Dictionary<PaddingModes, string> ModeNames = new()
    {
        [PaddingModes.Zeros] = "zeros", [PaddingModes.Reflect] = "reflect", [PaddingModes.Replicate] = "replicate",
            [PaddingModes.Circular] = "circular",
    };

    /// <summary>Creates a geometry.</summary>
    /// <param name="kernelSize">The kernel's size, for one, two or three dimensions; each at least 1.</param>
    /// <param name="stride">Steps between outputs; each at least 1.</param>
    /// <param name="padding">The number of values added at the start of each dimension of the input; each at least 0.</param>
    /// <param name="dilation">Steps between the kernel's elements; each at least 1.</param>
    /// <param name="paddingAtEnd">The number of values added at the end of each dimension; each at least 0. The same as at the start by
    /// default.</param>
    /// <param name="paddingMode">
    /// The added values: zeros (the default); the values next to the edge, mirrored (<c>Reflect</c>); the value at the edge (<c>Replicate</c>); or
    /// the values of the other end (<c>Circular</c>).
    /// </param>
    /// <exception cref="ArgumentException">The numbers of dimensions differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public ConvolutionGeometry(
        IReadOnlyList<long> kernelSize, IReadOnlyList<long> stride, IReadOnlyList<long> padding, IReadOnlyList<long> dilation,
        IReadOnlyList<long>? paddingAtEnd = null, PaddingModes paddingMode = PaddingModes.Zeros)
    {
        ArgumentNullException.ThrowIfNull(kernelSize);
        if (kernelSize.Count is < 1 or > 3)
            throw new ArgumentException($"The kernel has {kernelSize.Count} dimensions; expected one, two or three.", nameof(kernelSize));
        KernelSize = Checked(kernelSize, kernelSize.Count, minimum: 1);
        Stride = Checked(stride, kernelSize.Count, minimum: 1);
        Padding = Checked(padding, kernelSize.Count, minimum: 0);
        Dilation = Checked(dilation, kernelSize.Count, minimum: 1);
        PaddingAtEnd = paddingAtEnd is null ? Padding : Checked(paddingAtEnd, kernelSize.Count, minimum: 0);
        PaddingMode = ModeNames.ContainsKey(paddingMode)
            ? paddingMode
            : throw new ArgumentOutOfRangeException(nameof(paddingMode), paddingMode,
                $"paddingMode is {paddingMode}; expected Zeros, Reflect, Replicate or Circular.");
    }

    /// <summary>Gets the number of dimensions of space or time: one, two or three.</summary>
    public int Dimensions => KernelSize.Count;

    /// <summary>Gets the kernel's size.</summary>
    public IReadOnlyList<long> KernelSize { get; }

    /// <summary>Gets the steps between outputs.</summary>
    public IReadOnlyList<long> Stride { get; }

    /// <summary>Gets the number of values added at the start of each dimension of the input.</summary>
    public IReadOnlyList<long> Padding { get; }

    /// <summary>Gets the number of values added at the end of each dimension of the input.</summary>
    public IReadOnlyList<long> PaddingAtEnd { get; }

    /// <summary>Gets the kind of the added values.</summary>
    public PaddingModes PaddingMode { get; }

    /// <summary>Gets the steps between the kernel's elements.</summary>
    public IReadOnlyList<long> Dilation { get; }

    /// <summary>Gets the product of the kernel's sizes.</summary>
    internal long KernelVolume => KernelSize.Aggregate(1L, (product, next) => product * next);

    internal long[] StrideArray => [.. Stride];

    internal long[] PaddingArray => [.. Padding];

    /// <summary>Gets whether the native convolution can add the padding: zeros, the same number at both ends.</summary>
    internal bool IsNativePadding => PaddingMode == PaddingModes.Zeros && Padding.SequenceEqual(PaddingAtEnd);

    /// <summary>Gets the padding in the order of <c>functional.pad</c>: start and end of each dimension, the last dimension first.</summary>
    internal long[] PaddingPairs => [.. Padding.Zip(PaddingAtEnd).Reverse().SelectMany(pair => new[] { pair.First, pair.Second })];

    internal long[] DilationArray => [.. Dilation];

    /// <summary>Returns the number of input values from the kernel's first element to its last, inclusive.</summary>
    internal long Reach(int dimension) => Dilation[dimension] * (KernelSize[dimension] - 1) + 1;

    /// <summary>Returns the geometry in PyTorch's format, which omits default values.</summary>
    internal string Describe()
    {
        string padding = Padding.SequenceEqual(PaddingAtEnd) ? Unless(Padding, 0, "padding")
            : $", padding={Tuple(Padding)} and {Tuple(PaddingAtEnd)}";
        string mode = PaddingMode == PaddingModes.Zeros ? "" : $", padding_mode={ModeNames[PaddingMode]}";
        return $"kernel_size={Tuple(KernelSize)}, stride={Tuple(Stride)}{padding}{Unless(Dilation, 1, "dilation")}{mode}";
    }

    internal static string Unless(IReadOnlyList<long> values, long usual, string name) =>
        values.All(value => value == usual) ? "" : $", {name}={Tuple(values)}";

    private static string Tuple(IReadOnlyList<long> values) => values.Count == 1 ? $"({values[0]},)" : $"({string.Join(", ", values)})";

    private static IReadOnlyList<long> Checked(
        IReadOnlyList<long> values, int dimensions, long minimum, [CallerArgumentExpression(nameof(values))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(values, name);
        if (values.Count != dimensions)
            throw new ArgumentException($"{name} has {values.Count} numbers; expected {dimensions}, one for each dimension of the kernel.", name);
        foreach (long value in values)
            if (value < minimum || value > int.MaxValue)
                throw new ArgumentOutOfRangeException(
                    name, value,
                    $"{name} is {Shapes.Describe([.. values])}; expected whole numbers of at "
                    + $"{(value < minimum ? $"least {minimum}" : $"most {int.MaxValue}")}.");
        return Array.AsReadOnly<long>([.. values]);
    }
}
