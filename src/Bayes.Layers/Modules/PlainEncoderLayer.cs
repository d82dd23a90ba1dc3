using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>
/// A layer of a transformer's encoder with plain weights: what a <see cref="BayesianTransformerEncoderLayer"/> becomes that TorchSharp's own module,
/// which takes only the sequence first, cannot compute.
/// </summary>
internal sealed class PlainEncoderLayer : nn.Module<Tensor, Tensor>
{
    // Not fields of modules, which TorchSharp would also register under the fields' names.
    private readonly (PlainAttention Attention, Linear Inner, Dropout Dropout, Linear Outer, LayerNorm FirstNorm, LayerNorm SecondNorm) _parts;

    /// <summary>Creates a layer of given parts, which it then owns.</summary>
    /// <param name="settings">What it does besides its weights.</param>
    /// <param name="parts">Attention with the batch first, the first layer of the feed-forward network, dropout, the second layer, and the two
    /// normalizations, by name.</param>
    public PlainEncoderLayer(EncoderSettings settings, params (string Name, nn.Module Module)[] parts) : base(nameof(PlainEncoderLayer))
    {
        Settings = settings;
        _parts = (
            (PlainAttention)parts[0].Module, (Linear)parts[1].Module, (Dropout)parts[2].Module, (Linear)parts[3].Module, (LayerNorm)parts[4].Module,
            (LayerNorm)parts[5].Module);
        foreach (var (name, module) in parts)
            register_module(name, module);
    }

    /// <summary>Gets what the layer does besides its weights.</summary>
    public EncoderSettings Settings { get; }

    /// <summary>Runs the layer: <c>[B, T, size]</c> → <c>[B, T, size]</c>, or with the sequence first.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var value = Settings.SequenceFirst ? input.transpose(0, 1) : input;
        if (Settings.NormFirst)
        {
            value = value.add(Attended(_parts.FirstNorm.call(value)), Scalars.One);
            value = value.add(FedForward(_parts.SecondNorm.call(value)), Scalars.One);
        }
        else
        {
            value = _parts.FirstNorm.call(value.add(Attended(value), Scalars.One));
            value = _parts.SecondNorm.call(value.add(FedForward(value), Scalars.One));
        }
        return (Settings.SequenceFirst ? value.transpose(0, 1).contiguous() : value).MoveToOuterDisposeScope();

        Tensor Attended(Tensor steps) => _parts.Dropout.call(_parts.Attention.call(steps));

        Tensor FedForward(Tensor steps) =>
            _parts.Dropout.call(_parts.Outer.call(_parts.Dropout.call(Settings.Activate(_parts.Inner.call(steps)))));
    }

    /// <summary>Returns the name and the settings.</summary>
    public override string ToString() => $"{nameof(PlainEncoderLayer)}({Settings})";
}
