using System.Runtime.CompilerServices;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Examples held out from training, on which <see cref="VariationalTrainer"/> judges the model: inputs and targets, a loader, or any source of
/// batches. A tuple of two tensors converts to it, and so do a tuple of several inputs and a target, <c>((numbers, words), target)</c>, and a
/// <see cref="BatchStream"/>.
/// </summary>
/// <remarks>Owns nothing: tensors and loaders stay the caller's.</remarks>
public sealed class ValidationData
{
    private ValidationData(Func<IEnumerable<(NetworkInput Input, Tensor Target)>> batches) => Batches = batches;

    /// <summary>Gets the function that returns all examples once, in one or more batches.</summary>
    internal Func<IEnumerable<(NetworkInput Input, Tensor Target)>> Batches { get; }

    /// <summary>Returns the rows of inputs and targets.</summary>
    /// <param name="input"><c>[V, …]</c>, on the model's device; for a network with several inputs, each of them.</param>
    /// <param name="target"><c>[V, …]</c>, in the shape that the likelihood takes.</param>
    /// <exception cref="ArgumentException">The tensors do not fit each other, or a row has a number that is not finite.</exception>
    public static ValidationData Of(NetworkInput input, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        input.RequireBatch();
        Require.OneForEachRow(target, input.Rows);
        FiniteRows.Require(input, target, "The validation data cannot be judged");
        return new(() => [(input, target)]);
    }

    /// <summary>
    /// Returns the batches of a loader whose items are lists, like those of TorchSharp's <c>TensorDataset</c>: the input, then the target.
    /// </summary>
    /// <param name="loader">The loader, enumerated once for each validation. It owns its batches, and is not disposed.</param>
    public static ValidationData Of(DataLoader<IList<Tensor>, IList<Tensor>> loader) => Of(loader, inputs: 1);

    /// <summary>Returns the batches of a loader whose items are lists: the given number of inputs, then the target.</summary>
    /// <param name="loader">The loader, enumerated once for each validation. It owns its batches, and is not disposed.</param>
    /// <param name="inputs">The number of inputs, 1 to 4.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="inputs"/> is outside 1 to 4.</exception>
    public static ValidationData Of(DataLoader<IList<Tensor>, IList<Tensor>> loader, int inputs)
    {
        ArgumentNullException.ThrowIfNull(loader);
        Require.Between(inputs, 1, NetworkInput.Most);
        return new(BatchSource.Of(loader, inputs).Next);
    }

    /// <summary>Returns the batches of a loader whose items are dictionaries, like those of TorchSharp's own data sets.</summary>
    /// <param name="loader">The loader, enumerated once for each validation. It owns its batches, and is not disposed.</param>
    /// <param name="inputKey">The name of the input in an item.</param>
    /// <param name="targetKey">The name of the target in an item.</param>
    public static ValidationData Of(DataLoader<Dictionary<string, Tensor>, Dictionary<string, Tensor>> loader, string inputKey, string targetKey)
    {
        ArgumentNullException.ThrowIfNull(inputKey);
        return Of(loader, [inputKey], targetKey);
    }

    /// <summary>Returns the batches of a loader whose items are dictionaries, for a network with several inputs.</summary>
    /// <param name="loader">The loader, enumerated once for each validation. It owns its batches, and is not disposed.</param>
    /// <param name="inputKeys">The names of the inputs in an item, in the order in which the network takes them.</param>
    /// <param name="targetKey">The name of the target in an item.</param>
    public static ValidationData Of(
        DataLoader<Dictionary<string, Tensor>, Dictionary<string, Tensor>> loader, IReadOnlyList<string> inputKeys, string targetKey)
    {
        ArgumentNullException.ThrowIfNull(loader);
        ArgumentNullException.ThrowIfNull(inputKeys);
        ArgumentNullException.ThrowIfNull(targetKey);
        return new(BatchSource.Of(loader, inputKeys, targetKey).Next);
    }

    /// <summary>Returns the batches of any source.</summary>
    /// <param name="batches">
    /// Returns the batches of all examples; called once for each validation. Input <c>[B, …]</c> and target <c>[B, …]</c> that it makes while it is
    /// enumerated are disposed after use; tensors that existed before are not.
    /// </param>
    [OverloadResolutionPriority(1)]
    public static ValidationData Of(Func<IEnumerable<(Tensor Input, Tensor Target)>> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return new(() => BatchSource.Single(batches()));
    }

    /// <inheritdoc cref="Of(Func{IEnumerable{ValueTuple{Tensor, Tensor}}})"/>
    public static ValidationData Of(Func<IEnumerable<(NetworkInput Input, Tensor Target)>> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return new(batches);
    }

    /// <summary>Returns the rows of a data set that is read in batches.</summary>
    /// <param name="data">The data set, read once for each validation, always in the order of its first epoch with the seed 0.</param>
    public static ValidationData Of(BatchStream data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new(() => data.Epoch(epoch: 0, seed: 0));
    }

    /// <summary>Converts a data set that is read in batches; null stays null.</summary>
    /// <param name="data">The data set.</param>
    public static implicit operator ValidationData?(BatchStream? data) => data is null ? null : Of(data);

    /// <summary>Converts the rows of two tensors; null stays null.</summary>
    /// <param name="rows"><c>[V, …]</c> each.</param>
    /// <exception cref="ArgumentException">The tensors do not fit each other, or a row has a number that is not finite.</exception>
    public static implicit operator ValidationData?((Tensor Input, Tensor Target)? rows) => rows is { } given ? Of(given.Input, given.Target) : null;

    /// <summary>Converts the rows of inputs and targets; null stays null.</summary>
    /// <inheritdoc cref="op_Implicit(ValueTuple{Tensor, Tensor}?)"/>
    public static implicit operator ValidationData?((NetworkInput Input, Tensor Target)? rows) =>
        rows is { } given ? Of(given.Input, given.Target) : null;

    /// <summary>Converts the rows of two inputs and targets; null stays null.</summary>
    /// <inheritdoc cref="op_Implicit(ValueTuple{Tensor, Tensor}?)"/>
    public static implicit operator ValidationData?(((Tensor First, Tensor Second) Input, Tensor Target)? rows) =>
        rows is { } given ? Of(given.Input, given.Target) : null;

    /// <summary>Converts the rows of three inputs and targets; null stays null.</summary>
    /// <inheritdoc cref="op_Implicit(ValueTuple{Tensor, Tensor}?)"/>
    public static implicit operator ValidationData?(((Tensor First, Tensor Second, Tensor Third) Input, Tensor Target)? rows) =>
        rows is { } given ? Of(given.Input, given.Target) : null;

    /// <summary>Converts the rows of four inputs and targets; null stays null.</summary>
    /// <inheritdoc cref="op_Implicit(ValueTuple{Tensor, Tensor}?)"/>
    public static implicit operator ValidationData?(((Tensor First, Tensor Second, Tensor Third, Tensor Fourth) Input, Tensor Target)? rows) =>
        rows is { } given ? Of(given.Input, given.Target) : null;
}
