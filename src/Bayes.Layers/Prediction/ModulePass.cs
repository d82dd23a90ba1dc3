using Bayes.Layers.Estimators;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Describes the pass of a module, as a whole and in its two parts.</summary>
/// <param name="Module">The module, whose posteriors are drawn from.</param>
/// <param name="Whole">The pass: <c>[1, B, …]</c> for each input → <c>[1|S, B, …]</c>.</param>
/// <param name="Front">Its deterministic front and the rest, or null if it is random from its start.</param>
internal sealed record ModulePass(nn.Module Module, Func<IReadOnlyList<Tensor>, Pass, Tensor> Whole, DeterministicFront? Front)
{
    /// <summary>Gets what each draw passes: the rest behind the front, or the whole.</summary>
    public Func<IReadOnlyList<Tensor>, Pass, Tensor> Rest { get; } = Front is null ? Whole : (values, pass) => Front.Rest(values[0], pass);
}
