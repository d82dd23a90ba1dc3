using Bayes.Layers.Estimators;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>The passes that a <see cref="PassProbe"/> measures: their values are measured, and each module must give a row the same output beside
/// other rows as alone.</summary>
internal static class WatchedPass
{
    /// <summary>Passes a value <c>[1, B, …]</c> through a plain module.</summary>
    /// <inheritdoc cref="PlainPass.Of(nn.Module{Tensor, Tensor}, Tensor)"/>
    public static Tensor Plain(Pass pass, nn.Module<Tensor, Tensor> module, Tensor value)
    {
        long rows = value.shape[1];
        return Of(pass, module, value, each => PlainPass.Folded(module, each, Call));

        // A Sequential's own values are as large as any.
        Tensor Call(nn.Module<Tensor, Tensor> called, Tensor folded)
        {
            using var scope = NewDisposeScope();
            var result = folded;
            if (RowMixing.Children(called) is { } children)
                foreach (var child in children)
                    result = Call(child, result);
            else
                result = PlainPass.Call(called, folded, folded.shape);
            pass.Probe?.See(result, rows);
            return result.MoveToOuterDisposeScope();
        }
    }

    /// <summary>Passes a value <c>[1, B, …]</c> through a module. If there are several rows, the first equals the last.</summary>
    /// <param name="pass">The pass, which has a probe.</param>
    /// <param name="module">The module.</param>
    /// <param name="value">The value.</param>
    /// <param name="propagate">The module's pass, or a part of it.</param>
    /// <exception cref="InvalidOperationException">The module mixes rows.</exception>
    public static Tensor Of(Pass pass, nn.Module module, Tensor value, Func<Tensor, Tensor> propagate)
    {
        using var scope = NewDisposeScope();
        // Modules of this library mix no rows, or hand values on to modules that are checked themselves.
        bool isChecked = value.shape[1] > 1 && module.GetType().Assembly != typeof(WatchedPass).Assembly;
        // A copy, since a module may work in place.
        var before = isChecked ? value.clone() : value;
        var result = propagate(value);
        pass.Probe?.See(result);
        if (isChecked && RowMixing.Find(module, before, result, propagate) is { } mixing)
            throw new InvalidOperationException(mixing.Describe(pass.Model));
        return result.MoveToOuterDisposeScope();
    }
}
