using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>The base of all convolutions.</summary>
public abstract class BayesianConvolution : BayesianLayer
{
    private readonly SpatialMap _map;

    private protected BayesianConvolution(
        string name, SpatialMap map, bool hasBias, Prior? prior, Prior? biasPrior, PosteriorInitializer? initializer, Device? device,
        ScalarType? dtype)
        : base(name, map, hasBias, prior, biasPrior, initializer, device, dtype) => _map = map;

    /// <summary>Gets the number of input channels.</summary>
    public long InputChannels => _map.InputChannels;

    /// <summary>Gets the number of output channels.</summary>
    public long OutputChannels => _map.OutputChannels;

    /// <summary>Gets the number of groups of channels.</summary>
    public long Groups => _map.Groups;

    /// <summary>Gets the size of the kernel in each dimension.</summary>
    public IReadOnlyList<long> KernelSize => _map.Geometry.KernelSize;

    /// <summary>Gets the stride in each dimension.</summary>
    public IReadOnlyList<long> Stride => _map.Geometry.Stride;

    /// <summary>Gets the padding at the start of each dimension. That at the end is <see cref="PaddingAtEnd"/>.</summary>
    public IReadOnlyList<long> Padding => _map.Geometry.Padding;

    /// <summary>
    /// Gets the padding at the end of each dimension. It differs from <see cref="Padding"/> only if the layer was converted from one that keeps the
    /// size with a kernel that spans an even number of elements.
    /// </summary>
    public IReadOnlyList<long> PaddingAtEnd => _map.Geometry.PaddingAtEnd;

    /// <summary>Gets which values the padding has: zeros, or values of the input.</summary>
    public PaddingModes PaddingMode => _map.Geometry.PaddingMode;

    /// <summary>Gets the distance between the elements of the kernel in each dimension.</summary>
    public IReadOnlyList<long> Dilation => _map.Geometry.Dilation;

    /// <summary>Describes the convolution as PyTorch does, naming only settings that are not the default.</summary>
    protected internal sealed override string Describe() =>
        $"{InputChannels}, {OutputChannels}, {_map.Describe()}{(Groups == 1 ? "" : $", groups={Groups}")}{(HasBias ? "" : ", bias=False")}";

    private protected static long[] Pair((long Height, long Width)? given, long usual) =>
        given is { } pair ? [pair.Height, pair.Width] : [usual, usual];

    private protected static long[] Triple((long Depth, long Height, long Width)? given, long usual) =>
        given is { } triple ? [triple.Depth, triple.Height, triple.Width] : [usual, usual, usual];
}
