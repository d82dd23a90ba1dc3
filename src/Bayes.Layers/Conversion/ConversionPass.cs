using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Converts one network: tracks the modules that were converted, and the path of the current module.</summary>
public abstract class ConversionPass
{
    private readonly Dictionary<nn.Module, nn.Module<Tensor, Tensor>> _converted = new(ReferenceEqualityComparer.Instance);
    private readonly List<nn.Module> _made = [];
    private readonly List<string> _path = [];

    private protected ConversionPass(IEnumerable<LayerConversion> given) => Conversions = new LayerConversions(given);

    private protected LayerConversions Conversions { get; }

    /// <summary>Converts a child of the current module. A child that occurs several times stays one module, as in the network.</summary>
    /// <param name="child">The child.</param>
    /// <param name="name">Its name in its parent.</param>
    /// <returns>The new module, or the child itself if it stays as it is.</returns>
    /// <exception cref="ArgumentException">There is no conversion for the child; the message names its path.</exception>
    public nn.Module<Tensor, Tensor> Convert(nn.Module<Tensor, Tensor> child, string name)
    {
        ArgumentNullException.ThrowIfNull(child);
        if (_converted.TryGetValue(child, out var known))
            return known;
        _path.Add(name);
        var converted = Convert(child);
        _path.RemoveAt(_path.Count - 1);
        if (IsConvertedOnce(child))
            _converted.Add(child, converted);
        return converted;
    }

    /// <summary>Converts the whole network. If that fails, the new layers are disposed.</summary>
    internal virtual nn.Module<Tensor, Tensor> ConvertRoot(nn.Module<Tensor, Tensor> network)
    {
        try
        {
            var converted = Convert(network);
            Complete(converted);
            return converted;
        }
        catch
        {
            foreach (var layer in _made)
                layer.Dispose();
            throw;
        }
    }

    /// <summary>Checks the whole converted network; does nothing by default.</summary>
    private protected virtual void Complete(nn.Module<Tensor, Tensor> converted)
    {
    }

    /// <summary>Determines whether a child that occurs several times becomes one module; true by default.</summary>
    private protected virtual bool IsConvertedOnce(nn.Module child) => true;

    /// <summary>Converts the current module.</summary>
    private protected abstract nn.Module<Tensor, Tensor> Convert(nn.Module<Tensor, Tensor> module);

    /// <summary>Tracks a new layer, which is disposed if the conversion fails later.</summary>
    private protected nn.Module<Tensor, Tensor> Track(nn.Module<Tensor, Tensor> layer)
    {
        _made.Add(layer);
        return layer;
    }

    /// <summary>Gets the path of the current module, for messages.</summary>
    private protected string Location => _path.Count == 0 ? "at the root" : $"'{Path}'";

    /// <summary>Gets the path of the current module, as in <c>named_modules</c>.</summary>
    private protected string Path => string.Join('.', _path);
}
