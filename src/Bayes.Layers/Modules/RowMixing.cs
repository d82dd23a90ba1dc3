using System.Globalization;
using Bayes.Layers.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>A module whose output for a row depends on the rows beside it.</summary>
/// <param name="Module">The module.</param>
/// <param name="Difference">The largest difference between the row's output beside other rows and alone.</param>
internal sealed record RowMixing(nn.Module Module, double Difference)
{
    /// <summary>
    /// Creates the rows for a check: the first row of an input, another row, and the first again, which also detects a module that depends only on
    /// earlier or only on later rows. The other row is the mean of the first two rows, or the second row if they are indices.
    /// </summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <returns><c>[3, …]</c> for each tensor of the input, new.</returns>
    public static NetworkInput Rows(NetworkInput input)
    {
        using var scope = NewDisposeScope();
        Tensor[] first = [.. input.Tensors.Select(tensor => WithoutNaN(tensor.narrow(0, 0, 1)))];
        Tensor[] second = input.Rows > 1 ? [.. input.Tensors.Zip(first, (tensor, row) => Mean(row, WithoutNaN(tensor.narrow(0, 1, 1))))] : first;
        if (first.Zip(second).All(rows => rows.Second.eq(rows.First).all().ReadBoolean()))
            second = Others(first);
        return new NetworkInput([.. first.Zip(second, (row, other) => cat([row, other, row], 0).MoveToOuterDisposeScope())]);

        // Rows far apart may hardly attend to each other; their mean attends to both, and lies in most domains that contain both.
        static Tensor Mean(Tensor row, Tensor next) => row.is_floating_point() ? row.add(next, Scalars.One).mul_(Scalars.Half) : next;

        // NaN would hide all differences.
        static Tensor WithoutNaN(Tensor row) => row.is_floating_point() ? row.nan_to_num(1, 1, 1) : row;
    }

    /// <summary>Finds a module that mixes rows.</summary>
    /// <param name="module">The module.</param>
    /// <param name="values">Its inputs, <c>[1, B, …]</c>, whose first row equals the last.</param>
    /// <param name="result">Its output for all rows, <c>[1, B, …]</c>.</param>
    /// <param name="propagate">Its pass.</param>
    /// <returns>The innermost plain module that mixes rows; null if the rows are independent, or if the module is random, which prevents a
    /// comparison.</returns>
    public static RowMixing? Find(nn.Module module, IReadOnlyList<Tensor> values, Tensor result, Func<IReadOnlyList<Tensor>, Tensor> propagate)
    {
        using var scope = NewDisposeScope();
        if (FindRow(values, result, propagate) is not var (row, difference))
            return null;
        // Only a module of one input can be a Sequential.
        var inside = values is [var value] ? Inside(module, value.squeeze(0), value.narrow(1, row, 1).squeeze(0), row) : null;
        return inside ?? new RowMixing(module, difference);
    }

    /// <summary>Finds a row whose output beside other rows differs from its output alone.</summary>
    /// <returns>The row, 0 or 1, and the largest difference; null if there is no such row, or if the pass is random: it differs from
    /// itself.</returns>
    /// <inheritdoc cref="Find"/>
    public static (int Row, double Difference)? FindRow(
        IReadOnlyList<Tensor> values, Tensor result, Func<IReadOnlyList<Tensor>, Tensor> propagate)
    {
        using var scope = NewDisposeScope();
        foreach (int row in new[] { 0, 1 })
        {
            var alone = Alone(row);
            if (DifferenceOf(result, alone, row, axis: 1) is { } difference)
                return DifferenceOf(Alone(row), alone, row: 0, axis: 1) is null ? (row, difference) : null;
        }
        return null;

        Tensor Alone(int row) => propagate([.. values.Select(value => value.narrow(1, row, 1).clone())]);
    }

    /// <summary>Returns the children of a plain <c>Sequential</c>, or null if the module is something else.</summary>
    public static IReadOnlyList<nn.Module<Tensor, Tensor>>? Children(nn.Module module) =>
        module.GetType() == typeof(Sequential) && module.children().Any() ? [.. module.children().Cast<nn.Module<Tensor, Tensor>>()] : null;

    /// <summary>Returns the message for the user.</summary>
    /// <param name="model">The model, for the path to the module.</param>
    public string Describe(nn.Module? model)
    {
        string path = model?.named_modules().FirstOrDefault(each => ReferenceEquals(each.module, Module)).name ?? "";
        string name = path.Length == 0 ? Module.GetType().Name : $"{Module.GetType().Name} '{path}'";
        return Describe(name, Module.GetType().Name, Difference);
    }

    /// <summary>Returns the message for the user.</summary>
    /// <param name="name">The name of the module that mixes rows.</param>
    /// <param name="type">The module's type.</param>
    /// <param name="difference">The largest difference between a row's output beside other rows and alone.</param>
    public static string Describe(string name, string type, double difference) => string.Create(
        CultureInfo.InvariantCulture,
        $"{name} mixes the rows of a batch: beside other rows, a row's output differs by up to {difference:g3} from its output alone. A prediction "
        + $"passes rows in blocks, and the draws as further rows, so each row must be independent of the others. If the batch is not on axis 0 of "
        + $"{type}'s input, transpose the input inside a module of your own; if it needs statistics of the whole batch, compute them from the "
        + $"training data and keep them in a buffer.");

    // Finds the child of a Sequential that mixes rows, as long as the children keep the batch on axis 0: they may transpose their input.
    private static RowMixing? Inside(nn.Module module, Tensor rows, Tensor alone, int row)
    {
        if (Children(module) is not { } children)
            return null;
        long count = rows.shape[0];
        foreach (var child in children)
        {
            Tensor input = rows.clone(), single = alone.clone();
            rows = child.call(rows);
            alone = child.call(alone);
            if (rows.ndim == 0 || rows.shape[0] != count || alone.ndim == 0 || alone.shape[0] != 1)
                return null;
            if (DifferenceOf(rows, alone, row, axis: 0) is { } difference)
                return Inside(child, input, single, row) ?? new RowMixing(child, difference);
        }
        return null;
    }

    // Null if the row's output equals its output alone, up to rounding; for the first row, also compares the last row, which is equal.
    private static double? DifferenceOf(Tensor rows, Tensor alone, int row, int axis)
    {
        using var scope = NewDisposeScope();
        Tensor[] same = row == 0 ? [rows.narrow(axis, 0, 1), rows.narrow(axis, rows.shape[axis] - 1, 1)] : [rows.narrow(axis, row, 1)];
        if (!same[0].shape.AsSpan().SequenceEqual(alone.shape))
            return double.PositiveInfinity;
        var expected = alone.to(ScalarType.Float64);
        double scale = expected.abs().nan_to_num(0, 0, 0).max().ReadDouble(), largest = 0;
        foreach (var each in same)
        {
            var wide = each.to(ScalarType.Float64);
            if (wide.isclose(expected, rtol: 0, atol: Tolerance(rows) * scale, nanEqual: true).all().ReadBoolean())
                continue;
            largest = Math.Max(largest, wide.add(expected, Scalars.MinusOne).abs().nan_to_num(double.PositiveInfinity).max().ReadDouble());
        }
        return largest == 0 ? null : largest;
    }

    // Far above the rounding, which depends on how many rows are multiplied at a time, and far below the effect of mixed rows.
    private static double Tolerance(Tensor values)
    {
        double tolerance = values.dtype switch
        {
            ScalarType.Float64 => 1e-7,
            ScalarType.Float32 => 1e-3,
            ScalarType.Float16 => 5e-2,
            ScalarType.BFloat16 => 0.2,
            _ => 0,
        };
        // A GPU may multiply single precision with a shorter mantissa.
        return values.device_type == DeviceType.CPU || tolerance == 0 ? tolerance : Math.Max(tolerance, 2e-2);
    }

    // A mask stays if something else differs: without anything to attend to, a network may return NaN.
    private static Tensor[] Others(Tensor[] rows)
    {
        bool areMasks = rows.All(row => row.dtype == ScalarType.Bool);
        return [.. rows.Select(row => row.dtype == ScalarType.Bool && !areMasks ? row : Another(row))];
    }

    // A different row if the input has no other: numbers in [0, 1] stay there, and positive ones stay positive; the index 0 is always valid.
    private static Tensor Another(Tensor row) => row.is_floating_point() ? row.mul(Scalars.Half).add_(Scalars.Half, Scalars.Half) : row.zeros_like();
}
