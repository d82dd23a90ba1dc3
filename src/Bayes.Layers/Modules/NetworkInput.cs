using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// What a network takes: one tensor, or two to four with the same rows, of any element types: numbers, indices or a mask. A tensor converts to it,
/// and so does a tuple of tensors.
/// </summary>
/// <remarks>Owns nothing: the tensors stay the caller's.</remarks>
/// <example><c>predictor.Predict((numbers, words))</c></example>
public sealed class NetworkInput
{
    /// <summary>The most tensors that a network can take.</summary>
    internal const int Most = 4;

    private static readonly string[] Ordinals = ["first", "second", "third", "fourth"];

    private readonly Tensor _first;
    private readonly Tensor[] _others;

    /// <summary>Creates an input of tensors.</summary>
    /// <param name="tensors">One to four tensors, <c>[B, …]</c> each, in the order in which the network takes them.</param>
    /// <exception cref="ArgumentException">There are more or fewer tensors, or several that differ in their number of rows.</exception>
    public NetworkInput(params Tensor[] tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        if (tensors.Length is 0 or > Most)
            throw new ArgumentException($"There are {tensors.Length} inputs; expected 1 to {Most}.", nameof(tensors));
        foreach (var tensor in tensors)
            ArgumentNullException.ThrowIfNull(tensor, "input");
        (_first, _others) = (tensors[0], tensors[1..]);
        if (_others.Length > 0)
            RequireSameRows();
    }

    private NetworkInput(Tensor only) => (_first, _others) = (only, []);

    /// <summary>Gets the number of tensors, 1 to 4.</summary>
    public int Count => 1 + _others.Length;

    /// <summary>Gets one of the tensors, <c>[B, …]</c>.</summary>
    /// <param name="index">Zero-based index of the tensor.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such tensor.</exception>
    public Tensor this[int index] => index == 0 ? _first
        : index > 0 && index < Count ? _others[index - 1]
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"index is {index}; expected 0 to {Count - 1}.");

    /// <summary>Gets B, the number of rows: the size of axis 0 of each tensor. A single tensor without axes has 0 rows.</summary>
    public long Rows => _first.ndim == 0 ? 0 : _first.size(0);

    /// <summary>Converts a tensor; null stays null.</summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(input))]
    public static implicit operator NetworkInput?(Tensor? input) => input is null ? null : new NetworkInput(input);

    /// <summary>Converts two tensors.</summary>
    /// <param name="inputs"><c>[B, …]</c> each.</param>
    /// <exception cref="ArgumentException">They differ in their number of rows.</exception>
    public static implicit operator NetworkInput((Tensor First, Tensor Second) inputs) => new([inputs.First, inputs.Second]);

    /// <summary>Converts three tensors.</summary>
    /// <param name="inputs"><c>[B, …]</c> each.</param>
    /// <exception cref="ArgumentException">They differ in their number of rows.</exception>
    public static implicit operator NetworkInput((Tensor First, Tensor Second, Tensor Third) inputs) =>
        new([inputs.First, inputs.Second, inputs.Third]);

    /// <summary>Converts four tensors.</summary>
    /// <param name="inputs"><c>[B, …]</c> each.</param>
    /// <exception cref="ArgumentException">They differ in their number of rows.</exception>
    public static implicit operator NetworkInput((Tensor First, Tensor Second, Tensor Third, Tensor Fourth) inputs) =>
        new([inputs.First, inputs.Second, inputs.Third, inputs.Fourth]);

    /// <summary>Returns the types and shapes, such as <c>Float32 [32, 2], Int64 [32]</c>.</summary>
    public override string ToString() => string.Join(", ", Tensors.Select(tensor => $"{tensor.dtype} {Shapes.Describe(tensor.shape)}"));

    /// <summary>Gets the tensors in order.</summary>
    internal IReadOnlyList<Tensor> Tensors => [_first, .. _others];

    /// <summary>Gets the bytes of one row of all tensors.</summary>
    internal long BytesPerRow => Tensors.Sum(tensor => tensor.numel() * tensor.element_size()) / Math.Max(1, Rows);

    /// <summary>Gets whether all tensors are on a CPU.</summary>
    internal bool IsOnCpu => Tensors.All(tensor => tensor.device_type == TorchSharp.DeviceType.CPU);

    /// <summary>Returns the only tensor, or refuses several.</summary>
    /// <param name="name">What takes one tensor, as the first words of the message, such as "A BayesianLinear takes".</param>
    /// <exception cref="ArgumentException">There are several tensors.</exception>
    internal Tensor RequireOne(string name) => _others.Length == 0 ? _first : throw WrongCount(name, "one input", Count);

    /// <summary>Returns the exception for another number of inputs than a network takes.</summary>
    internal static ArgumentException WrongCount(string name, string expected, int count) => new($"{name} {expected}; got {count}.", "input");

    /// <summary>Refuses an input without rows, or one whose rows have no numbers.</summary>
    /// <exception cref="ArgumentException">A tensor is empty or has no axes.</exception>
    internal void RequireBatch()
    {
        for (int index = 0; index < Count; index++)
        {
            var tensor = this[index];
            if (tensor.ndim == 0)
                throw new ArgumentException($"The {NameOf(index)} is a scalar; expected [batch, …].", "input");
            if (tensor.numel() == 0)
                throw new ArgumentException(
                    $"The {NameOf(index)} has shape {Shapes.Describe(tensor.shape)}, "
                    + (tensor.shape[0] == 0 ? "an empty batch; expected at least one row."
                        : "rows without a number; expected every axis to be at least 1."), "input");
        }
    }

    /// <summary>Returns "input", or for one of several "second input".</summary>
    internal string NameOf(int index) => Count == 1 ? "input" : $"{Ordinals[index]} input";

    /// <summary>Applies a function to each tensor. The results belong to the caller's dispose scope.</summary>
    /// <param name="function">A function that returns a tensor with the same rows for each.</param>
    internal NetworkInput Each(Func<Tensor, Tensor> function) =>
        _others.Length == 0 ? new NetworkInput(function(_first)) : new NetworkInput([.. Tensors.Select(function)]);

    /// <summary>Returns views of some rows, which belong to the caller's dispose scope.</summary>
    internal NetworkInput Narrow(long first, long count) => _others.Length == 0
        ? new NetworkInput(_first.narrow(0, first, count))
        : Each(tensor => tensor.narrow(0, first, count));

    /// <summary>Returns copies, which belong to the caller's dispose scope.</summary>
    internal NetworkInput Clone() => Each(tensor => tensor.clone());

    /// <summary>Returns views with an axis of draws in front, <c>[1, B, …]</c>, which belong to the caller's dispose scope.</summary>
    internal Tensor[] WithDraws() => [.. Tensors.Select(tensor => tensor.unsqueeze(0))];

    /// <summary>Returns views of values <c>[1, B, …]</c> without the axis of draws.</summary>
    internal static NetworkInput WithoutDraws(IReadOnlyList<Tensor> values) => new([.. values.Select(value => value.squeeze(0))]);

    private void RequireSameRows()
    {
        foreach (var (index, tensor) in Tensors.Index())
            if (tensor.ndim == 0)
                throw new ArgumentException($"The {NameOf(index)} is a scalar; expected [batch, …].", "input");
        if (Tensors.Any(tensor => tensor.shape[0] != Rows))
            throw new ArgumentException(
                $"The inputs have {string.Join(", ", Tensors.SkipLast(1).Select(tensor => tensor.shape[0]))} and {_others[^1].shape[0]} rows; "
                + "expected one number of rows, the size of axis 0 of each.", "input");
    }
}
