using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Modules;

/// <summary>What a layer of a transformer's encoder does besides its weights.</summary>
/// <param name="Activation">The activation of the hidden units.</param>
/// <param name="NormFirst">Whether normalizations come before the attention and the feed-forward network.</param>
/// <param name="SequenceFirst">Whether inputs are <c>[T, B, size]</c>.</param>
internal sealed record EncoderSettings(Activations Activation, bool NormFirst, bool SequenceFirst)
{
    /// <summary>Applies the activation.</summary>
    public Tensor Activate(Tensor values) => Activation == Activations.GELU ? functional.gelu(values) : functional.relu(values);

    /// <summary>Returns the settings as in the descriptions of modules.</summary>
    public override string ToString() => $"activation={Activation}, norm_first={NormFirst}, sequence_first={SequenceFirst}";
}
