using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>The conversion of one network: knows what was converted already, and where in the network it is.</summary>
public abstract class ConversionPass
{
    private readonly Dictionary<nn.Module, nn.Module<Tensor, Tensor>> _converted = new(ReferenceEqualityComparer.Instance);
    private readonly List<nn.Module> _made = [];
    private readonly List<string> _path = [];

    private protected ConversionPass(IEnumerable<LayerConversion> given) => Conversions = new LayerConversions(given);

    private protected LayerConversions Conversions { get; }

    /// <summary>Converts a child of the module at hand; a child that was met before stays one module, as in the network.</summary>
    /// <param name="child">The child.</param>
    /// <param name="name">Its name in its parent.</param>
    /// <returns>The new module, or the child itself where it stays what it is.</returns>
    /// <exception cref="ArgumentException">There is no conversion for the child; the message names its path.</exception>
    public nn.Module<Tensor, Tensor> Convert(nn.Module<Tensor, Tensor> child, string name)
    {
        ArgumentNullException.ThrowIfNull(child);
        if (_converted.TryGetValue(child, out var known))
            return known;
        _path.Add(name);
        var converted = Convert(child);
        _path.RemoveAt(_path.Count - 1);
        if (IsOneModule(child))
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

    /// <summary>Determines whether a child that stands in several places becomes one module; true by default.</summary>
    private protected virtual bool IsOneModule(nn.Module child) => true;

    /// <summary>Converts the module at hand.</summary>
    private protected abstract nn.Module<Tensor, Tensor> Convert(nn.Module<Tensor, Tensor> module);

    /// <summary>Notes a new layer, to be freed if the conversion fails further on.</summary>
    private protected nn.Module<Tensor, Tensor> Made(nn.Module<Tensor, Tensor> layer)
    {
        _made.Add(layer);
        return layer;
    }

    /// <summary>The path of the module at hand, for a message.</summary>
    private protected string Where => _path.Count == 0 ? "at the root" : $"'{Path}'";

    /// <summary>The path of the module at hand, as in <c>named_modules</c>.</summary>
    private protected string Path => string.Join('.', _path);
}
