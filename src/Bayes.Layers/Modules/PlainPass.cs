using System.Runtime.InteropServices;
using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>Passes values with an axis of draws through plain modules, which must not see that axis.</summary>
internal static class PlainPass
{
    /// <summary>Passes <c>[1|S, B, …]</c> through a module that keeps the batch on axis 0, and returns <c>[1|S, B, …]</c>.</summary>
    /// <exception cref="InvalidOperationException">The module does not keep the batch on axis 0.</exception>
    /// <exception cref="ArgumentException">The module refused the value.</exception>
    public static Tensor Of(nn.Module<Tensor, Tensor> module, Tensor value) =>
        KnownModules.Is(ModuleTraits.Elementwise, module)
            ? Call(module, value, value.shape[1..])
            : Folded(module, value, (each, rows) => SeparableMaxPool.TryApply(each, rows) ?? Call(each, rows, value.shape[1..]));

    /// <summary>Passes <c>[1|S, B, …]</c> through a module, measured by the pass's probe if it has one.</summary>
    /// <inheritdoc cref="Of(nn.Module{Tensor, Tensor}, Tensor)"/>
    public static Tensor Of(nn.Module<Tensor, Tensor> module, Tensor value, Pass pass) =>
        pass.Probe is null ? Of(module, value) : WatchedPass.Plain(pass, module, value);

    /// <summary>Folds the draws into the batch, <c>[S·B, …]</c> with a draw's rows together, calls the module, and unfolds the result.</summary>
    /// <inheritdoc cref="Of(nn.Module{Tensor, Tensor}, Tensor)"/>
    public static Tensor Folded(nn.Module<Tensor, Tensor> module, Tensor value, Func<nn.Module<Tensor, Tensor>, Tensor, Tensor> call)
    {
        using var scope = NewDisposeScope();
        long draws = value.shape[0], batch = value.shape[1];
        // Contiguous, because a user's module may call view.
        var folded = call(module, value.flatten(0, 1).AsContiguous());
        if (folded.ndim == 0 || folded.shape[0] != draws * batch)
            throw new InvalidOperationException(
                $"{module.GetName()} returned shape {Shapes.Describe(folded.shape)} "
                + $"for an input of shape {Shapes.Describe([draws * batch, .. value.shape[2..]])}"
                + (draws > 1 ? $", {draws} draws of {batch} rows" : "")
                + "; a plain module among Bayesian ones must keep the batch on axis 0.");
        return folded.unflatten(0, draws, batch).MoveToOuterDisposeScope();
    }

    /// <summary>Calls a module.</summary>
    /// <param name="module">The module.</param>
    /// <param name="rows">Its input.</param>
    /// <param name="shape">The shape of one draw, for messages.</param>
    /// <exception cref="ArgumentException">TorchSharp or the native library refused the input.</exception>
    public static Tensor Call(nn.Module<Tensor, Tensor> module, Tensor rows, ReadOnlySpan<long> shape)
    {
        try
        {
            return module.call(rows);
        }
        catch (Exception exception) when (exception is ExternalException || exception is ArgumentException && KnownModules.AreTorchSharps(module))
        {
            // An exception from a user's module stays unchanged. The first line of the native library's message states the error; its stack frames
            // follow.
            throw new ArgumentException(
                $"{module.GetName()} does not take an input of type {rows.dtype} and shape {Shapes.Describe(shape)}: "
                + exception.Message.Split('\n')[0].TrimEnd(), "input", exception);
        }
    }
}
