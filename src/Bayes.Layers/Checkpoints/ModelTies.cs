using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>Restores tensors that have several names in a model, such as one parameter of two layers.</summary>
internal static class ModelTies
{
    /// <summary>Replaces parameters of a model by other parameters of it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ties">The name of each replaced parameter, with the name of the parameter that replaces it.</param>
    /// <exception cref="CheckpointException">A parameter cannot be replaced.</exception>
    public static void Restore(nn.Module model, IReadOnlyDictionary<string, string> ties)
    {
        if (ties.Count == 0)
            return;
        var modules = model.named_modules().Prepend((name: "", module: model)).ToDictionary(each => each.name, each => each.module);
        foreach (var (name, one) in ties)
        {
            // The tensors of a shared module are shared already.
            var state = model.state_dict();
            if (!state.TryGetValue(name, out var tensor) || !state.TryGetValue(one, out var source) || ReferenceEquals(tensor, source))
                continue;
            int dot = name.LastIndexOf('.');
            if (modules.GetValueOrDefault(dot < 0 ? "" : name[..dot]) is not BayesianLayer layer || source is not Parameter parameter
                || !tensor.shape.SequenceEqual(source.shape))
                throw new CheckpointException(
                    $"The tensors '{one}' and '{name}' were saved as one, but this library cannot share them between "
                    + "the modules that it made; expected a function 'make' for the module of both, or Checkpoint.Load into a model.");
            layer.Set(name[(dot + 1)..], parameter);
        }
    }

    /// <summary>Refuses different values for one tensor of the model.</summary>
    /// <exception cref="CheckpointException">The values differ.</exception>
    public static void RequireEqual(string name, Tensor value, string other, Tensor otherValue)
    {
        using var scope = NewDisposeScope();
        if (!value.eq(otherValue).logical_or(value.isnan().logical_and(otherValue.isnan())).all().ReadBoolean())
            throw new CheckpointException($"The file's tensors '{name}' and '{other}' differ, but are one in the model; expected equal values.");
    }
}
