using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Networks;

/// <summary>
/// The last layer of a network, if it alone is random. A hook replaces its output by that of all draws, one after the other in the batch, so that
/// what comes before it in the network's forward runs once, and all estimators work, since the layer has a map.
/// </summary>
/// <param name="path">The path of the layer.</param>
/// <param name="layer">The layer.</param>
/// <param name="map">Its map.</param>
/// <param name="outputIndex">Zero-based index of the network's output that is predicted; null for all.</param>
internal sealed class LastLayer(string path, nn.Module<Tensor, Tensor> layer, BilinearMap map, int? outputIndex)
{
    private static readonly Scalar Stretch = 1.5;

    /// <summary>Gets the path of the layer in the network.</summary>
    public string Path => path;

    /// <summary>Gets the layer.</summary>
    public nn.Module Module => layer;

    /// <summary>Returns the layer's output for features <c>[1|S, B, …]</c>.</summary>
    public Tensor Estimate(Tensor features, Pass pass, (WeightPosterior Weight, WeightPosterior? Bias) posterior)
    {
        map.CheckInput(features.shape.AsSpan(1));
        return pass.Estimate(map, features, posterior.Weight, posterior.Bias);
    }

    /// <summary>Passes inputs through a network whose layer returns the outputs of all draws, one after the other in the batch.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs"><c>[1|S, B, …]</c> each.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="posterior">The posteriors of the layer's weight and bias.</param>
    /// <returns><c>[1|S, B, …]</c>.</returns>
    public Tensor Propagate(nn.Module network, Tensor[] inputs, Pass pass, (WeightPosterior Weight, WeightPosterior? Bias) posterior)
    {
        long draws = inputs.Max(input => input.shape[0]), rows = inputs[0].shape[1];
        Tensor[] folded = Array.ConvertAll(inputs, input => input.expand([draws, .. input.shape[1..]]).flatten(0, 1));
        var (output, _) = Run(network, folded, (features, _) =>
        {
            // The axis of draws is found again in the output.
            var estimated = Estimate(Unfolded(features, draws), pass, posterior);
            draws = estimated.shape[0];
            return estimated.flatten(0, 1).AsContiguous();
        });
        return Unfolded(NetworkCall.RequireRows(network, output, draws * rows), draws);

        static Tensor Unfolded(Tensor value, long draws) => value.unflatten(0, draws, value.shape[0] / draws);
    }

    /// <summary>Runs a network, and returns what the layer gets, <c>[1, B, …]</c>.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs"><c>[1, B, …]</c> each.</param>
    /// <param name="pass">The pass, whose probe sees the features.</param>
    public Tensor Features(nn.Module network, IReadOnlyList<Tensor> inputs, Pass pass)
    {
        using var scope = NewDisposeScope();
        Tensor? features = null;
        try
        {
            Run(network, [.. inputs.Select(input => input.squeeze(0))], (value, output) =>
            {
                // A dispose scope of the forward would end it.
                features = value.clone().Owned();
                return output.alias();
            });
            pass.Probe?.See(features!, inputs[0].shape[1]);
            return features!.unsqueeze(0).MoveToOuterDisposeScope();
        }
        finally
        {
            features?.Dispose();
        }
    }

    /// <summary>Runs a network with another output of the layer.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="replace">Returns the layer's output for its input.</param>
    /// <returns>The network's output, and the layer's that the network got.</returns>
    /// <exception cref="InvalidOperationException">The forward calls the layer another number of times than once.</exception>
    public (Tensor Output, Tensor OfLayer) Run(nn.Module network, IReadOnlyList<Tensor> inputs, Func<Tensor, Tensor, Tensor> replace)
    {
        Tensor? replaced = null;
        int calls = 0;
        var remover = layer.register_forward_hook((_, input, output) =>
        {
            calls++;
            return replaced = replace(input, output);
        });
        try
        {
            var result = NetworkCall.Of(network, inputs, outputIndex);
            return calls == 1 ? (result, replaced!)
                : throw new InvalidOperationException(
                    $"The forward of the {network.GetType().Name} calls its last layer '{path}' {calls} times; expected once.");
        }
        finally
        {
            remover.remove();
        }
    }

    /// <summary>Examines how a network uses the layer, with one row.</summary>
    /// <exception cref="InvalidOperationException">The layer is not the last one with weights.</exception>
    public LastLayerUse Examine(nn.Module network, IReadOnlyList<Tensor> row)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var evaluation = ModuleMode.Evaluation(network);
        bool IsSought(nn.Module module) => module.parameters(recurse: false).Any() && !KnownModules.Is(ModuleTraits.StaysPlain, module);
        if (LastCalled(network, row, outputIndex, IsSought) is var last && last != path)
            throw new InvalidOperationException(
                $"'{path}' was taken for the last layer of the {network.GetType().Name}, but '{last}' runs after it; expected an example of the "
                + "input in the options of the conversion, by which it finds the layer that runs last.");
        if (outputIndex is { } index && !DependsOnLayer())
            throw new InvalidOperationException(
                $"Output {index} of the {network.GetType().Name} does not depend on its last layer, '{path}', so nothing in it would be random; "
                + "expected Paths with the layer that this output ends in, instead of LastLayerOnly.");
        var (output, own) = Run(network, Copies(), (_, plain) => plain.alias());
        if (ReferenceEquals(output, own))
            return LastLayerUse.EndsNetwork;
        try
        {
            var (other, _) = Run(network, Copies(), (_, plain) => plain.mul(Stretch));
            var (both, _) = Run(network, Copies(), (_, plain) => cat([plain, plain.mul(Stretch)], 0));
            return NetworkTrial.IsSame(both, cat([output, other], 0)) ? LastLayerUse.TakesDrawsInBatch : LastLayerUse.NeedsOneDraw;
        }
        catch (Exception exception) when (
            exception is System.Runtime.InteropServices.ExternalException or ArgumentException or InvalidOperationException)
        {
            // What follows combines the layer's output with values that have one row for each input.
            return LastLayerUse.NeedsOneDraw;
        }

        // Twice, since one row would be broadcast to those of two draws.
        // Hardly anything removes a NaN.
        bool DependsOnLayer() => Run(network, Copies(), (_, plain) => full_like(plain, Scalars.NaN)).Output.isnan().any().ReadBoolean();

        Tensor[] Copies() => [.. row.Select(each => cat([each, each], 0))];
    }

    /// <summary>Runs a network, and returns the path of the last module that it calls among those that a condition selects, or null.</summary>
    public static string? LastCalled(nn.Module network, IReadOnlyList<Tensor> row, int? output, Func<nn.Module, bool> isSought)
    {
        using var scope = NewDisposeScope();
        string? last = null;
        var removers = new List<nn.Module<Tensor, Tensor>.HookRemover>();
        try
        {
            foreach (var (name, module) in network.named_modules())
                if (module is nn.Module<Tensor, Tensor> called && isSought(module))
                    removers.Add(called.register_forward_hook((_, _, output) =>
                    {
                        last = name;
                        return output;
                    }));
            NetworkCall.Of(network, [.. row.Select(each => each.clone())], output);
        }
        finally
        {
            removers.ForEach(remover => remover.remove());
        }
        return last;
    }
}

/// <summary>How a network uses its last layer.</summary>
internal enum LastLayerUse
{
    /// <summary>The network's output is the layer's.</summary>
    EndsNetwork,

    /// <summary>What follows the layer takes draws that are folded into the batch.</summary>
    TakesDrawsInBatch,

    /// <summary>What follows the layer needs one row for each input, so each draw runs the whole network.</summary>
    NeedsOneDraw,
}
