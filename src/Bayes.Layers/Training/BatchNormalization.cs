using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Modules that normalize over the batch and, in training mode, need more than one value per channel: the variance of a single value is 0 / 0, and
/// libtorch writes it into the running statistics without an error.
/// </summary>
internal static class BatchNormalization
{
    /// <summary>Determines whether a model has such a module in training mode.</summary>
    public static bool IsTrained(nn.Module model) => Modules(model).Any();

    /// <summary>Refuses a lone value per channel until it is disposed; null if no module can meet one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">Rows of the batch that is going to pass.</param>
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
                _removers.Add(module.register_forward_pre_hook((_, input) => RequireSeveral(name, module, input)));
        }

        public void Dispose()
        {
            foreach (var remover in _removers)
                remover.remove();
        }

        private static Tensor RequireSeveral(string name, nn.Module module, Tensor input)
        {
            if (input.ndim >= 2 && input.numel() == input.shape[1])
                throw new ArgumentException(
                    $"A batch of one row reaches {module.GetName()} '{name}' with shape {Shapes.Describe(input.shape)}, one value per channel, "
                    + "of which there is no variance; expected at least two rows in every batch of training "
                    + "(drop_last: true leaves out a last batch that is too small).",
                    nameof(input));
            return input;
        }
    }
}
