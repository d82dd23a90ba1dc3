using Bayes.Layers.Estimators;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>Computes the moments of the output of a plain module, new tensors in the caller's dispose scope, from those of its input.</summary>
/// <param name="module">The module.</param>
/// <param name="input">The moments of its input, <c>[1, B, …]</c>.</param>
/// <param name="pass">The pass.</param>
internal delegate Moments MomentRule(nn.Module<Tensor, Tensor> module, Moments input, Pass pass);

/// <summary>Passes moments through plain modules, by the rules in <see cref="KnownModules"/>.</summary>
internal static class MomentRules
{
    /// <summary>Passes moments through a module. Values that are known exactly pass any module that adds no noise.</summary>
    /// <exception cref="NotSupportedException">The input is random, and there is no rule for the module.</exception>
    public static Moments Of(nn.Module<Tensor, Tensor> module, Moments input, Pass pass)
    {
        using var scope = NewDisposeScope();
        if (input.Variance is null && !HasNoise(module))
            return new Moments(PlainPass.Of(module, input.Mean, pass)).MoveToOuter(scope);
        if (module is IPropagatesMoments own)
            return own.PropagateMoments(input).MoveToOuter(scope);
        var rule = KnownModules.MomentsOf(module) ?? throw Refuse(module, pass);
        return rule(module, input, pass).MoveToOuter(scope);
    }

    /// <summary>Returns the refusal of a module that has no rule.</summary>
    public static NotSupportedException Refuse(nn.Module module, Pass pass)
    {
        string path = pass.Model?.named_modules().FirstOrDefault(each => ReferenceEquals(each.module, module)).name ?? "";
        return new NotSupportedException(
            $"The {module.GetType().Name}{(path.Length == 0 ? "" : $" '{path}'")} does not tell the mean and the variance of its output; "
            + $"{pass.Estimator.GetType().Name} expected linear layers, convolutions, elementwise functions, pooling by means, BatchNorm in "
            + $"evaluation mode, residuals, and modules of your own with {nameof(BayesianModule.PropagateMoments)}; otherwise use an estimator "
            + "that draws.");
    }

    /// <summary>Passes moments through modules one after the other.</summary>
    public static Moments InTurn(nn.Module<Tensor, Tensor> sequence, Moments input, Pass pass)
    {
        var value = input.Alias();
        foreach (var child in sequence.children())
        {
            var next = Of((nn.Module<Tensor, Tensor>)child, value, pass);
            value.Free();
            value = next;
        }
        return value;
    }

    /// <summary>Passes moments through a module that changes only the shape.</summary>
    public static Moments OfShape(nn.Module<Tensor, Tensor> module, Moments input, Pass pass) =>
        new(PlainPass.Of(module, input.Mean, pass), PlainPass.Of(module, input.Variance!));

    private static bool HasNoise(nn.Module module) =>
        module.training && module.modules().Prepend(module).Any(each => KnownModules.Is(ModuleTraits.DropsValues, each));
}
