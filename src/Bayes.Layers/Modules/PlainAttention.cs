using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>
/// Self-attention with plain weights: what a <see cref="BayesianMultiheadAttention"/> becomes. TorchSharp's own module is not one of a tensor to a
/// tensor, and takes only the sequence first.
/// </summary>
internal sealed class PlainAttention : nn.Module<Tensor, Tensor>
{
    private readonly Linear[] _projections;

    /// <summary>Creates attention of given projections, which it then owns.</summary>
    /// <param name="settings">What it does besides its weights.</param>
    /// <param name="projections">Those of query, key and value, and of the output, by name.</param>
    public PlainAttention(AttentionSettings settings, params (string Name, Linear Module)[] projections) : base(nameof(PlainAttention))
    {
        Settings = settings;
        _projections = [.. projections.Select(each => each.Module)];
        foreach (var (name, module) in projections)
            register_module(name, module);
    }

    /// <summary>Gets what the attention does besides its weights.</summary>
    public AttentionSettings Settings { get; }

    /// <summary>Computes self-attention: <c>[B, T, size]</c> → <c>[B, T, size]</c>, or with the sequence first.</summary>
    public override Tensor forward(Tensor input)
    {
        if (input.ndim == 2 && !Settings.SequenceFirst)
            return Single(input);
        long size = _projections[0].weight.shape[1];
        if (input.ndim != 3 || input.shape[2] != size)
            throw new ArgumentException(
                $"The input has shape {Shapes.Describe(input.shape)}; expected "
                + $"[{(Settings.SequenceFirst ? "steps, batch" : "batch, steps")}, {size}].", nameof(input));
        using var scope = NewDisposeScope();
        var value = Settings.SequenceFirst ? input.transpose(0, 1) : input;
        var mixed = DotProductAttention.Of(
            _projections[0].call(value), _projections[1].call(value), _projections[2].call(value), Settings.Heads, mask: null, Settings.IsCausal,
            training ? Settings.Dropout : 0);
        var output = _projections[3].call(mixed);
        return (Settings.SequenceFirst ? output.transpose(0, 1).contiguous() : output).MoveToOuterDisposeScope();
    }

    private Tensor Single(Tensor sequence)
    {
        using var scope = NewDisposeScope();
        return forward(sequence.unsqueeze(0)).squeeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the name and the settings.</summary>
    public override string ToString() => $"{nameof(PlainAttention)}({Settings})";
}
