using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>What the convolutions have in common: the numbers that they were made with.</summary>
public abstract class BayesianConvolution : BayesianLayer
{
    private readonly SpatialMap _map;

    private protected BayesianConvolution(
        string name, SpatialMap map, bool hasBias, Prior? prior, Prior? biasPrior, PosteriorInitializer? initializer, Device? device, ScalarType? dtype)
        : base(name, map, hasBias, prior, biasPrior, initializer, device, dtype) => _map = map;

    /// <summary>Channels in.</summary>
    public long InputChannels => _map.InputChannels;

    /// <summary>Channels out.</summary>
    public long OutputChannels => _map.OutputChannels;

    /// <summary>Into how many groups the channels are split.</summary>
    public long Groups => _map.Groups;

    /// <summary>The kernel's size, for each dimension.</summary>
    public IReadOnlyList<long> KernelSize => _map.Geometry.KernelSize;

    /// <summary>Steps between outputs, for each dimension.</summary>
    public IReadOnlyList<long> Stride => _map.Geometry.Stride;

    /// <summary>Gets how much is added at the start of each dimension; at the end as much, unless <see cref="PaddingAtEnd"/> differs.</summary>
    public IReadOnlyList<long> Padding => _map.Geometry.Padding;

    /// <summary>
    /// Gets how much is added at the end of each dimension. It differs from <see cref="Padding"/> only in a layer converted from one that is padded
    /// to keep the size with a kernel of even reach.
    /// </summary>
    public IReadOnlyList<long> PaddingAtEnd => _map.Geometry.PaddingAtEnd;

    /// <summary>Gets what is added: zeros, or values of the input.</summary>
    public PaddingModes PaddingMode => _map.Geometry.PaddingMode;

    /// <summary>Steps between the kernel's places, for each dimension.</summary>
    public IReadOnlyList<long> Dilation => _map.Geometry.Dilation;

    /// <summary>As PyTorch describes a convolution: what is not the default is named.</summary>
    protected internal sealed override string Describe() =>
        $"{InputChannels}, {OutputChannels}, {_map.Describe()}{(Groups == 1 ? "" : $", groups={Groups}")}{(HasBias ? "" : ", bias=False")}";
}
