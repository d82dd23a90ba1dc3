using Bayes.Layers.Estimators;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>Passes that a <see cref="PassProbe"/> measures: it sees their values, and each module must return the same output for a row beside other
/// rows as alone.</summary>
internal static class WatchedPass
{
    /// <summary>Passes a value <c>[1, B, …]</c> through a plain module.</summary>
    /// <inheritdoc cref="PlainPass.Of(nn.Module{Tensor, Tensor}, Tensor)"/>
    public static Tensor Plain(Pass pass, nn.Module<Tensor, Tensor> module, Tensor value)
    {
        long rows = value.shape[1];
        return Of(pass, module, value, each => PlainPass.Folded(module, each, Call));

        // The probe also sees the values inside a Sequential, which may be the largest.
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

    /// <summary>Passes a value <c>[1, B, …]</c> through a module. If there are several rows, the first must equal the last.</summary>
    /// <param name="pass">The pass, with a probe.</param>
    /// <param name="module">The module.</param>
    /// <param name="value">The value.</param>
    /// <param name="propagate">The module's pass, or a part of it.</param>
    /// <exception cref="InvalidOperationException">The module mixes rows.</exception>
    public static Tensor Of(Pass pass, nn.Module module, Tensor value, Func<Tensor, Tensor> propagate) =>
        Of(pass, module, [value], values => propagate(values[0]));

    /// <summary>Passes values <c>[1, B, …]</c> through a module with several inputs.</summary>
    /// <param name="pass">The pass, with a probe.</param>
    /// <param name="module">The module.</param>
    /// <param name="values">The values of its inputs.</param>
    /// <param name="propagate">The module's pass, or a part of it.</param>
    /// <inheritdoc cref="Of(Pass, nn.Module, Tensor, Func{Tensor, Tensor})"/>
    public static Tensor Of(Pass pass, nn.Module module, IReadOnlyList<Tensor> values, Func<IReadOnlyList<Tensor>, Tensor> propagate)
    {
        using var scope = NewDisposeScope();
        // Most modules of this library do not mix rows, or pass values to modules that are checked themselves.
        bool isChecked = values[0].shape[1] > 1
            && (module.GetType().Assembly != typeof(WatchedPass).Assembly
                || module is ISequenceFirst { SequenceFirst: true } && IsReached(pass.Model, module));
        // Copies, because a module may work in place.
        IReadOnlyList<Tensor> before = isChecked ? [.. values.Select(value => value.clone())] : values;
        var result = propagate(values);
        pass.Probe?.See(result);
        if (isChecked && RowMixing.Find(module, before, result, propagate) is { } mixing)
            throw new InvalidOperationException(mixing.Describe(pass.Model));
        return result.MoveToOuterDisposeScope();
    }

    // Through sequences alone: another module on the way may exchange the axes.
    private static bool IsReached(nn.Module? from, nn.Module module) =>
        ReferenceEquals(from, module) || from is BayesianModule bayesian && bayesian.InOrder.Any(each => IsReached(each, module));
}
