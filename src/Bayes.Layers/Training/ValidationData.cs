using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Examples held out from training, on which <see cref="VariationalTrainer"/> judges the model: two tensors, a loader, or any source of batches. A
/// tuple of two tensors converts to it.
/// </summary>
/// <remarks>Owns nothing: tensors and loaders stay the caller's.</remarks>
public sealed class ValidationData
{
    private ValidationData(Func<IEnumerable<(Tensor Input, Tensor Target)>> batches) => Batches = batches;

    /// <summary>Gets the function that returns all examples once, in one or more batches.</summary>
    internal Func<IEnumerable<(Tensor Input, Tensor Target)>> Batches { get; }

    /// <summary>Returns the rows of two tensors.</summary>
    /// <param name="input"><c>[V, …]</c>, on the model's device.</param>
    /// <param name="target"><c>[V, …]</c>, in the shape that the likelihood takes.</param>
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
    /// Returns the batches of a loader whose items are lists, like those of TorchSharp's <c>TensorDataset</c>: the input, then the target.
    /// </summary>
    /// <param name="loader">The loader, enumerated once for each validation. It owns its batches, and is not disposed.</param>
    public static ValidationData Of(DataLoader<IList<Tensor>, IList<Tensor>> loader)
    {
        ArgumentNullException.ThrowIfNull(loader);
        return new(BatchSource.Of(loader).Next);
    }

    /// <summary>Returns the batches of a loader whose items are dictionaries, like those of TorchSharp's own data sets.</summary>
    /// <param name="loader">The loader, enumerated once for each validation. It owns its batches, and is not disposed.</param>
    /// <param name="inputKey">The name of the input in an item.</param>
    /// <param name="targetKey">The name of the target in an item.</param>
    public static ValidationData Of(DataLoader<Dictionary<string, Tensor>, Dictionary<string, Tensor>> loader, string inputKey, string targetKey)
    {
        ArgumentNullException.ThrowIfNull(loader);
        ArgumentNullException.ThrowIfNull(inputKey);
        ArgumentNullException.ThrowIfNull(targetKey);
        return new(BatchSource.Of(loader, inputKey, targetKey).Next);
    }

    /// <summary>Returns the batches of any source.</summary>
    /// <param name="batches">
    /// Returns the batches of all examples; called once for each validation. Input <c>[B, …]</c> and target <c>[B, …]</c> that it makes while it is
    /// enumerated are disposed after use; tensors that existed before are not.
    /// </param>
    public static ValidationData Of(Func<IEnumerable<(Tensor Input, Tensor Target)>> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return new(batches);
    }

    /// <summary>Converts the rows of two tensors; null stays null.</summary>
    /// <param name="rows"><c>[V, …]</c> each.</param>
    /// <exception cref="ArgumentException">The tensors do not fit each other, or a row has a number that is not finite.</exception>
    public static implicit operator ValidationData?((Tensor Input, Tensor Target)? rows) => rows is { } given ? Of(given.Input, given.Target) : null;
}
