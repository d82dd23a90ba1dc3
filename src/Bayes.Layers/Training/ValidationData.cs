using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Examples kept apart from training, by which <see cref="VariationalTrainer"/> judges the model: two tensors, a loader, or batches from anywhere.
/// A tuple of two tensors converts to it.
/// </summary>
/// <remarks>Owns nothing: tensors and loaders stay the caller's.</remarks>
public sealed class ValidationData
{
    private ValidationData(Func<IEnumerable<(Tensor Input, Tensor Target)>> batches) => Batches = batches;

    /// <summary>Gives all examples once, in one or more batches.</summary>
    internal Func<IEnumerable<(Tensor Input, Tensor Target)>> Batches { get; }

    /// <summary>The rows of two tensors.</summary>
    /// <param name="input"><c>[V, …]</c>, on the model's device.</param>
    /// <param name="target"><c>[V, …]</c>, as the likelihood takes it.</param>
    /// <exception cref="ArgumentException">The tensors do not fit each other, or a row has a number that is not finite.</exception>
    public static ValidationData Of(Tensor input, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        BayesianModule.RequireBatch(input);
        Require.OneForEachRow(target, input.shape[0]);
        FiniteRows.Require(input, target, "The validation data cannot be judged");
        return new(() => [(input, target)]);
    }

    /// <summary>
    /// The batches of a loader whose items are lists, as those of TorchSharp's <c>TensorDataset</c> are: the input, then the target.
    /// </summary>
    /// <param name="loader">The loader, enumerated once for each validation; it owns its batches. Not disposed.</param>
    public static ValidationData Of(DataLoader<IList<Tensor>, IList<Tensor>> loader)
    {
        ArgumentNullException.ThrowIfNull(loader);
        return new(BatchSource.Of(loader).Next);
    }

    /// <summary>The batches of a loader whose items are dictionaries, as those of TorchSharp's own data sets are.</summary>
    /// <param name="loader">The loader, enumerated once for each validation; it owns its batches. Not disposed.</param>
    /// <param name="inputKey">The name of the input in an item.</param>
    /// <param name="targetKey">The name of the target in an item.</param>
    public static ValidationData Of(DataLoader<Dictionary<string, Tensor>, Dictionary<string, Tensor>> loader, string inputKey, string targetKey)
    {
        ArgumentNullException.ThrowIfNull(loader);
        ArgumentNullException.ThrowIfNull(inputKey);
        ArgumentNullException.ThrowIfNull(targetKey);
        return new(BatchSource.Of(loader, inputKey, targetKey).Next);
    }

    /// <summary>Batches from anywhere.</summary>
    /// <param name="batches">
    /// Gives the batches of all examples; called once for each validation. Input <c>[B, …]</c> and target <c>[B, …]</c> that it makes while it is
    /// enumerated are disposed after use; tensors that existed before stay as they are.
    /// </param>
    public static ValidationData Of(Func<IEnumerable<(Tensor Input, Tensor Target)>> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return new(batches);
    }

    /// <summary>The rows of two tensors; null for null.</summary>
    /// <param name="rows"><c>[V, …]</c> each.</param>
    /// <exception cref="ArgumentException">The tensors do not fit each other, or a row has a number that is not finite.</exception>
    public static implicit operator ValidationData?((Tensor Input, Tensor Target)? rows) => rows is { } given ? Of(given.Input, given.Target) : null;
}
