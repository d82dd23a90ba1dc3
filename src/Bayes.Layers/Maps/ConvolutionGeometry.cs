using System.Runtime.CompilerServices;
using Bayes.Layers.Numerics;
using TorchSharp;

namespace Bayes.Layers.Maps;

/// <summary>Kernel, stride, padding and dilation of a convolution, a number for each of its dimensions. Immutable.</summary>
public sealed class ConvolutionGeometry
{
    private static readonly Dictionary<PaddingModes, string> ModeNames = new()
    {
        [PaddingModes.Zeros] = "zeros", [PaddingModes.Reflect] = "reflect", [PaddingModes.Replicate] = "replicate",
            [PaddingModes.Circular] = "circular",
    };

    /// <summary>A geometry.</summary>
    /// <param name="kernelSize">The kernel's size, for one, two or three dimensions; each at least 1.</param>
    /// <param name="stride">Steps between outputs; each at least 1.</param>
    /// <param name="padding">How much is added at the start of each dimension of the input; each at least 0.</param>
    /// <param name="dilation">Steps between the kernel's places; each at least 1.</param>
    /// <param name="paddingAtEnd">How much is added at the end of each dimension; each at least 0. As much as at the start by default.</param>
    /// <param name="paddingMode">
    /// What is added: zeros; the values next to the edge, mirrored (<c>Reflect</c>); the value at the edge (<c>Replicate</c>); or those of the other
    /// end (<c>Circular</c>). Zeros by default.
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
        KernelSize = Checked(kernelSize, kernelSize.Count, least: 1);
        Stride = Checked(stride, kernelSize.Count, least: 1);
        Padding = Checked(padding, kernelSize.Count, least: 0);
        Dilation = Checked(dilation, kernelSize.Count, least: 1);
        PaddingAtEnd = paddingAtEnd is null ? Padding : Checked(paddingAtEnd, kernelSize.Count, least: 0);
        PaddingMode = ModeNames.ContainsKey(paddingMode)
            ? paddingMode
            : throw new ArgumentOutOfRangeException(nameof(paddingMode), paddingMode,
                $"paddingMode is {paddingMode}; expected Zeros, Reflect, Replicate or Circular.");
    }

    /// <summary>How many dimensions of space or time there are: one, two or three.</summary>
    public int Dimensions => KernelSize.Count;

    /// <summary>The kernel's size.</summary>
    public IReadOnlyList<long> KernelSize { get; }

    /// <summary>Steps between outputs.</summary>
    public IReadOnlyList<long> Stride { get; }

    /// <summary>Gets how much is added at the start of each dimension of the input.</summary>
    public IReadOnlyList<long> Padding { get; }

    /// <summary>Gets how much is added at the end of each dimension of the input.</summary>
    public IReadOnlyList<long> PaddingAtEnd { get; }

    /// <summary>Gets what is added.</summary>
    public PaddingModes PaddingMode { get; }

    /// <summary>Steps between the kernel's places.</summary>
    public IReadOnlyList<long> Dilation { get; }

    /// <summary>The product of the kernel's sizes.</summary>
    internal long KernelVolume => KernelSize.Aggregate(1L, (product, next) => product * next);

    internal long[] StrideArray => [.. Stride];

    internal long[] PaddingArray => [.. Padding];

    /// <summary>Gets whether the native convolution adds the padding: zeros, as many at the end as at the start.</summary>
    internal bool IsNativePadding => PaddingMode == PaddingModes.Zeros && Padding.SequenceEqual(PaddingAtEnd);

    /// <summary>Gets the padding as <c>functional.pad</c> takes it: start and end of each dimension, the last one first.</summary>
    internal long[] PaddingPairs => [.. Padding.Zip(PaddingAtEnd).Reverse().SelectMany(pair => new[] { pair.First, pair.Second })];

    internal long[] DilationArray => [.. Dilation];

    /// <summary>From the kernel's first place to its last, both counted.</summary>
    internal long Reach(int dimension) => Dilation[dimension] * (KernelSize[dimension] - 1) + 1;

    /// <summary>Writes it as PyTorch does: what is not the default is named.</summary>
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
