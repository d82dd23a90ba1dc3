using System.Collections.Concurrent;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Networks;

/// <summary>
/// Further instances of a network, for passes on several threads at a time: each pass takes one, and the parameters and buffers that are not random
/// are copied into it.
/// </summary>
/// <param name="network">The network.</param>
/// <param name="copy">Makes another instance of the network, with any weights.</param>
/// <param name="random">The names of the parameters that get drawn weights.</param>
/// <param name="gate">The lock of passes that put weights into the network itself.</param>
/// <remarks>Owns the instances; dispose it after the passes.</remarks>
internal sealed class NetworkInstances(nn.Module network, Func<nn.Module> copy, IReadOnlyList<string> random, Lock gate)
    : IDisposable
{
    private readonly ConcurrentBag<(nn.Module Network, NetworkParameter[] Parameters)> _free = [];
    private readonly HashSet<string> _random = [.. random];

    /// <summary>Makes another instance with the weights, buffers and mode of the network.</summary>
    /// <exception cref="InvalidOperationException">The function returned the network itself, or one of another type or other tensors.</exception>
    public nn.Module Make()
    {
        var made = Create();
        try
        {
            lock (gate)
                Synchronize(made, isLeftOut: _ => false);
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    private nn.Module Create()
    {
        var made = copy();
        if (made is null || made.GetType() != network.GetType() || ReferenceEquals(made, network))
            throw new InvalidOperationException(
                $"BayesianConversion.Copy returned {(made is null ? "null" : ReferenceEquals(made, network) ? "the network itself"
                    : $"a {made.GetType().Name}")}; expected another {network.GetType().Name}.");
        Own(made);
        if (network.parameters().FirstOrDefault() is { } first)
            made.to(first.device).to(first.dtype);
        return made;
    }

    /// <summary>Runs a function with an instance that no other thread uses meanwhile, and its random parameters.</summary>
    public Tensor Use(Func<nn.Module, NetworkParameter[], Tensor> run)
    {
        nn.Module instance;
        NetworkParameter[] parameters;
        // A pass of another thread may have put weights into the network.
        lock (gate)
        {
            (instance, parameters) = Take();
            try
            {
                Synchronize(instance, _random.Contains);
            }
            catch
            {
                instance.Dispose();
                throw;
            }
        }
        try
        {
            return run(instance, parameters);
        }
        finally
        {
            _free.Add((instance, parameters));
        }
    }

    private (nn.Module Network, NetworkParameter[] Parameters) Take()
    {
        if (_free.TryTake(out var free))
        {
            if (IsBeside(free.Network))
                return free;
            free.Network.Dispose();
        }
        var made = Create();
        var parameters = NetworkParameter.Of(made).ToDictionary(parameter => parameter.Name);
        return (made, [.. random.Select(name => parameters[name])]);
    }

    /// <summary>Moves the tensors of a network out of the dispose scope in which TorchSharp leaves those of its native modules.</summary>
    public static void Own(nn.Module network)
    {
        foreach (var tensor in network.parameters().Concat(network.buffers()))
            tensor.Owned();
    }

    /// <summary>Frees the instances.</summary>
    public void Dispose()
    {
        while (_free.TryTake(out var instance))
            instance.Network.Dispose();
    }

    // The network may have been moved, or its type changed.
    private bool IsBeside(nn.Module instance) => network.parameters().FirstOrDefault() is not { } own
        || instance.parameters().First() is var other && other.dtype == own.dtype && other.device_type == own.device_type
            && other.device_index == own.device_index;

    private void Synchronize(nn.Module instance, Func<string, bool> isLeftOut)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var values = network.state_dict();
        foreach (var (name, value) in instance.state_dict())
            if (!isLeftOut(name))
                value.copy_(RequireFits(instance, name, value, values.GetValueOrDefault(name)));
        // A parent comes before its children, whose mode it sets.
        foreach (var (own, other) in instance.modules().Prepend(instance).Zip(network.modules().Prepend(network)))
            if (own.training != other.training)
                own.train(other.training);
    }

    private static Tensor RequireFits(nn.Module instance, string name, Tensor value, Tensor? wanted) =>
        wanted is not null && wanted.shape.AsSpan().SequenceEqual(value.shape) ? wanted
            : throw new InvalidOperationException(
                $"BayesianConversion.Copy returned a {instance.GetType().Name} whose '{name}' has shape {Shapes.Describe(value.shape)}; expected "
                + $"{(wanted is null ? "no such tensor" : Shapes.Describe(wanted.shape))}, as in the network.");
}
