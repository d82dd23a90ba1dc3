using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>
/// Modules whose axis 0 is the sequence and not the batch: in a network of this library they would mix the rows of a batch, and the draws.
/// </summary>
internal static class SequenceFirstModules
{
    /// <summary>Refuses a plain module of a sequence that is such a module, or a <c>Sequential</c> of TorchSharp's own modules with one
    /// inside.</summary>
    /// <exception cref="ArgumentException">It is one.</exception>
    public static void Refuse(nn.Module module)
    {
        if (Find(module) is { } found)
            throw new ArgumentException(
                $"{found.GetType().Name} takes the sequence on axis 0, so here it would mix the rows of a batch and the draws; wrap it in a module of your "
                + "own that turns its input, encoder.call(x.transpose(0, 1)).transpose(0, 1) for x of shape [batch, steps, features].", nameof(module));
    }

    // A Sequential with a module of the user's own may turn its input there.
    private static nn.Module? Find(nn.Module module)
    {
        // TorchSharp's other modules of this kind (TransformerEncoder, LSTM, GRU, MultiheadAttention, …) take or return more than one tensor: a
        // sequence does not take them.
        if (KnownModules.Is(ModuleTraits.SequenceFirst, module))
            return module;
        if (module.GetType() != typeof(Sequential) || !KnownModules.AreTorchSharps(module))
            return null;
        return module.children().Select(Find).FirstOrDefault(found => found is not null);
    }
}
