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

    /// <summary>Passes values, <c>[1|S, B, …]</c> each, through a module with several inputs, and returns <c>[1|S, B, …]</c>.</summary>
    /// <param name="module">The module.</param>
    /// <param name="values">The values of its inputs.</param>
    /// <param name="call">Calls the module.</param>
    /// <param name="pass">The pass.</param>
    /// <exception cref="InvalidOperationException">The module does not keep the batch on axis 0.</exception>
    /// <exception cref="ArgumentException">The values do not fit each other, or the module refused them.</exception>
    public static Tensor Of(nn.Module module, IReadOnlyList<Tensor> values, Func<IReadOnlyList<Tensor>, Tensor> call, Pass pass)
    {
        return pass.Probe is null ? Fold(values) : WatchedPass.Of(pass, module, values, Fold);

        Tensor Fold(IReadOnlyList<Tensor> given) => Folded(
            module, given, rows => Call(module, () => call(rows), () => $"inputs of {new NetworkInput([.. rows])}"));
    }

    /// <summary>Folds the draws into the batch, <c>[S·B, …]</c> with a draw's rows together, calls the module, and unfolds the result.</summary>
    /// <inheritdoc cref="Of(nn.Module{Tensor, Tensor}, Tensor)"/>
    public static Tensor Folded(nn.Module<Tensor, Tensor> module, Tensor value, Func<nn.Module<Tensor, Tensor>, Tensor, Tensor> call) =>
        Folded(module, [value], rows => call(module, rows[0]));

    /// <summary>Calls a module.</summary>
    /// <param name="module">The module.</param>
    /// <param name="rows">Its input.</param>
    /// <param name="shape">The shape of one draw, for messages.</param>
    /// <exception cref="ArgumentException">TorchSharp or the native library refused the input.</exception>
    public static Tensor Call(nn.Module<Tensor, Tensor> module, Tensor rows, long[] shape) =>
        Call(module, () => module.call(rows), () => $"an input of type {rows.dtype} and shape {Shapes.Describe(shape)}");

    private static Tensor Folded(nn.Module module, IReadOnlyList<Tensor> values, Func<IReadOnlyList<Tensor>, Tensor> call)
    {
        using var scope = NewDisposeScope();
        long draws = RequireFit(module, values), batch = values[0].shape[1];
        // Contiguous, because a user's module may call view.
        var folded = call([.. values.Select(value => Expanded(value).flatten(0, 1).AsContiguous())]);
        if (folded.ndim == 0 || folded.shape[0] != draws * batch)
            throw new InvalidOperationException(
                $"{module.GetName()} returned shape {Shapes.Describe(folded.shape)} for an input of shape "
                + string.Join(" and ", values.Select(value => Shapes.Describe([draws * batch, .. value.shape[2..]])))
                + (draws > 1 ? $", {draws} draws of {batch} rows" : "")
                + "; a plain module among Bayesian ones must keep the batch on axis 0.");
        return folded.unflatten(0, draws, batch).MoveToOuterDisposeScope();

        Tensor Expanded(Tensor value) => value.shape[0] == draws ? value : value.expand([draws, .. value.shape[1..]]);
    }

    // Returns the number of draws.
    private static long RequireFit(nn.Module module, IReadOnlyList<Tensor> values)
    {
        if (values is [var only])
            return only.shape[0];
        long draws = values.Max(value => value.ndim < 2 ? 0 : value.shape[0]);
        return values.All(value => value.ndim >= 2 && (value.shape[0] == draws || value.shape[0] == 1) && value.shape[1] == values[0].shape[1])
            ? draws
            : throw new ArgumentException(
                $"{module.GetName()} got values of shapes {string.Join(" and ", values.Select(value => Shapes.Describe(value.shape)))}; "
                + "expected [1|S, B, …] each, with one number of draws S and of rows B.", nameof(values));
    }

    private static Tensor Call(nn.Module module, Func<Tensor> run, Func<string> describe)
    {
        try
        {
            return run();
        }
        catch (Exception exception) when (exception is ExternalException || exception is ArgumentException && KnownModules.AreTorchSharps(module))
        {
            // An exception from a user's module stays unchanged. The first line of the native library's message states the error; its stack frames
            // follow.
            throw new ArgumentException(
                $"{module.GetName()} does not take {describe()}: " + exception.Message.Split('\n')[0].TrimEnd(), "input", exception);
        }
    }
}
