using System.Runtime.CompilerServices;
using Bayes.Layers.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Networks;

/// <summary>
/// Puts weights into the parameters of a network until it is disposed, which restores the parameters to the bit, also after an exception. A
/// parameter that the network reads through its object gets the native tensor of the weight, as <c>torch.func.functional_call</c> does: nothing is
/// copied, and gradients flow to the weight. Native code has a reference of its own, so there the numbers are copied into the parameter.
/// </summary>
/// <remarks>One at a time for a network. Owns the copies that it restores.</remarks>
internal sealed class WeightSubstitution : IDisposable
{
    // In reverse order, so that nothing is restored twice.
    private readonly Stack<(Parameter Object, nint Own)> _exchanged = new();
    private readonly Stack<(Parameter Object, Tensor Own)> _overwritten = new();
    private readonly IReadOnlyList<Tensor> _weights;

    // Nothing that autograd records now could read these numbers later, and what it has recorded reads the restored ones, so no one has to know of
    // the change. Otherwise backward refuses a tensor that was changed after a forward kept it.
    private readonly bool _isHidden = !is_grad_enabled();

    private WeightSubstitution(IReadOnlyList<Tensor> weights) => _weights = weights;

    /// <summary>Gets whether this version of TorchSharp lets the native tensor of an object be exchanged.</summary>
    public static bool CanExchange { get; } = HasHandle();

    /// <summary>Puts weights into parameters.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="weights">The weight of each, of its shape, type and device. They must live until the substitution ends.</param>
    /// <param name="exchanges">Returns whether a parameter's native tensor is exchanged rather than overwritten.</param>
    /// <exception cref="InvalidOperationException">A gradient is recorded, and a parameter must be overwritten.</exception>
    public static WeightSubstitution Put(
        IReadOnlyList<NetworkParameter> parameters, IReadOnlyList<Tensor> weights, Func<NetworkParameter, bool> exchanges)
    {
        var substitution = new WeightSubstitution(weights);
        try
        {
            for (int i = 0; i < parameters.Count; i++)
                substitution.Put(parameters[i], weights[i], exchanges(parameters[i]));
            return substitution;
        }
        catch
        {
            substitution.Dispose();
            throw;
        }
    }

    /// <summary>Restores the parameters.</summary>
    public void Dispose()
    {
        while (_exchanged.TryPop(out var exchanged))
            Handle(exchanged.Object) = exchanged.Own;
        using var noGrad = no_grad();
        while (_overwritten.TryPop(out var overwritten))
        {
            Overwrite(overwritten.Object, overwritten.Own);
            overwritten.Own.Dispose();
        }
        GC.KeepAlive(_weights);
    }

    private void Put(NetworkParameter parameter, Tensor weight, bool isExchanged)
    {
        if (isExchanged)
        {
            foreach (var each in parameter.Objects)
            {
                _exchanged.Push((each, Handle(each)));
                Handle(each) = Handle(weight);
            }
            return;
        }
        if (is_grad_enabled() && weight.requires_grad && !weight.is_leaf)
            throw new InvalidOperationException(
                $"'{parameter.Name}' is read by native code ({parameter.Owner.GetType().Name}), through which no gradient reaches a drawn weight "
                + "outside of a training step; train the model with VariationalTrainer, or with VariationalStep in a loop of your own, and the "
                + "estimator Reparameterization.");
        using var noGrad = no_grad();
        _overwritten.Push((parameter.Value, parameter.Value.detach().clone().Owned()));
        Overwrite(parameter.Value, weight);
    }

    private void Overwrite(Tensor parameter, Tensor value)
    {
        if (_isHidden && parameter.device_type == DeviceType.CPU && parameter.dtype == value.dtype && parameter.is_contiguous())
        {
            using var scope = NewDisposeScope();
            value.detach().contiguous().bytes.CopyTo(parameter.bytes);
        }
        else
            parameter.copy_(value);
    }

    private static bool HasHandle()
    {
        using var scope = NewDisposeScope();
        try
        {
            var tensor = empty(0);
            return Handle(tensor) == tensor.Handle;
        }
        catch (MissingFieldException)
        {
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "handle")]
    private static extern ref nint Handle(Tensor tensor);
}
