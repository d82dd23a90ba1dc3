using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Finds modules that normalize over the batch. In training mode they need more than one value per channel: the variance of a single value is 0 / 0,
/// and libtorch writes it into the running statistics without an error.
/// </summary>
internal static class BatchNormalization
{
    /// <summary>Determines whether a model has such a module in training mode.</summary>
    public static bool IsTrained(nn.Module model) => Modules(model).Any();

    /// <summary>Returns hooks that refuse a single value per channel until they are disposed; null if no module can meet one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">The number of rows of the next batch.</param>
    public static IDisposable? Watch(nn.Module model, long rows) => rows == 1 && IsTrained(model) ? new Hooks(model) : null;

    private static IEnumerable<(string Name, nn.Module<Tensor, Tensor> Module)> Modules(nn.Module model) =>
        from named in model.named_modules()
        where named.module is BatchNorm { training: true }
        select (named.name, (nn.Module<Tensor, Tensor>)named.module);

    private sealed class Hooks : IDisposable
    {
        private readonly List<nn.Module<Tensor, Tensor>.HookRemover> _removers = [];

        public Hooks(nn.Module model)
        {
            foreach (var (name, module) in Modules(model))
                _removers.Add(module.register_forward_pre_hook((_, input) => RequireSeveralValues(name, module, input)));
        }

        public void Dispose()
        {
            foreach (var remover in _removers)
                remover.remove();
        }

        private static Tensor RequireSeveralValues(string name, nn.Module module, Tensor input)
        {
            if (input.ndim >= 2 && input.numel() == input.shape[1])
                throw new InvalidOperationException(
                    $"A batch of one row reaches {module.GetName()} '{name}' with shape {Shapes.Describe(input.shape)}, one value per channel, "
                    + "which has no variance; expected at least two rows in every batch of training "
                    + "(drop_last: true leaves out a last batch that is too small).");
            return input;
        }
    }
}
