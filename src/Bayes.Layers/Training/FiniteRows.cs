using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Finds rows of data with a number that is NaN or infinite.</summary>
internal static class FiniteRows
{
    private const int MostNamed = 10;

    /// <summary>Refuses tensors with a row that is not finite.</summary>
    /// <exception cref="ArgumentException">There is such a row.</exception>
    public static void Require(NetworkInput input, Tensor target, string what)
    {
        if (Describe(input, target) is { } fault)
            throw new ArgumentException($"{what}: {fault}; expected finite numbers.", Describe(input) is null ? nameof(target) : nameof(input));
    }

    /// <summary>
    /// Describes the rows that are not finite, numbered from 0, such as <c>rows 3, 17 of the input are not finite</c>; null if all are finite.
    /// </summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="target"><c>[B, …]</c>.</param>
    public static string? Describe(NetworkInput input, Tensor target) => Describe(input) ?? Describe(target, nameof(target));

    private static string? Describe(NetworkInput input)
    {
        for (int index = 0; index < input.Count; index++)
            if (Describe(input[index], input.NameOf(index)) is { } fault)
                return fault;
        return null;
    }

    private static string? Describe(Tensor values, string name)
    {
        if (values.ndim == 0 || values.numel() == 0 || Finiteness.IsFinite(values))
            return null;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        long[] rows = values.detach().isfinite().flatten(1).all(1).logical_not().nonzero().flatten().cpu().data<long>().ToArray();
        string numbers = string.Join(", ", rows.Take(MostNamed)) + (rows.Length > MostNamed ? $" and {rows.Length - MostNamed} more" : "");
        return rows.Length == 1 ? $"row {numbers} of the {name} is not finite" : $"rows {numbers} of the {name} are not finite";
    }
}
