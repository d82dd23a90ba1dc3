using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Networks;

/// <summary>Passes that a <see cref="PassProbe"/> measures: it sees the values inside a network, too, as far as the network has modules for
/// them.</summary>
internal static class NetworkProbe
{
    /// <summary>Passes inputs <c>[1, B, …]</c>, and requires that the network does not mix rows.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="pass">The pass, with a probe.</param>
    /// <param name="propagate">Passes inputs through the network.</param>
    /// <exception cref="InvalidOperationException">The network mixes rows.</exception>
    public static Tensor Of(nn.Module network, Tensor[] inputs, Pass pass, Func<Tensor[], Tensor> propagate)
    {
        long rows = inputs[0].shape[1];
        var removers = new List<nn.Module<Tensor, Tensor>.HookRemover>();
        try
        {
            foreach (var module in network.modules().Prepend(network).OfType<nn.Module<Tensor, Tensor>>().Distinct())
                removers.Add(module.register_forward_hook((_, _, output) =>
                {
                    pass.Probe!.See(output, rows);
                    return output;
                }));
            return WatchedPass.Of(pass, network, inputs, values => propagate([.. values]));
        }
        finally
        {
            removers.ForEach(remover => remover.remove());
        }
    }
}
