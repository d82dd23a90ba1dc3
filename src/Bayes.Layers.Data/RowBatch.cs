using static TorchSharp.torch;

namespace Bayes.Layers.Data;

/// <summary>Gathers the rows of a batch, and makes tensors of them.</summary>
internal sealed class RowBatch(TableRows rows, Device device)
{
    private double[] _values = [];

    /// <summary>Gets the number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a row.</summary>
    /// <param name="values">Rows, one after the other.</param>
    /// <param name="row">Zero-based index of the row.</param>
    public void Add(double[] values, int row)
    {
        int width = rows.Width;
        if (_values.Length < (Count + 1) * width)
            Array.Resize(ref _values, Math.Max(2 * _values.Length, (Count + 1) * width));
        values.AsSpan(row * width, width).CopyTo(_values.AsSpan(Count++ * width, width));
    }

    /// <summary>Forgets the rows and keeps their memory.</summary>
    public void Clear() => Count = 0;

    /// <summary>Returns the features, <c>[B, features]</c>.</summary>
    public Tensor Input() => Part(0, rows.FeatureCount);

    /// <summary>Returns the targets: <c>[B, targets]</c>, or int64 of shape <c>[B]</c> for indices of classes.</summary>
    public Tensor Target()
    {
        if (!rows.Columns.TargetKind.IsIndex)
            return Part(rows.FeatureCount, rows.Width - rows.FeatureCount);
        var indices = new long[Count];
        for (int row = 0; row < Count; row++)
            indices[row] = (long)_values[row * rows.Width + rows.FeatureCount];
        return tensor(indices, [Count], device: device);
    }

    private Tensor Part(int first, int width) => rows.Columns.ElementType == ScalarType.Float64
        ? tensor(Values(first, width, value => value), [Count, width], device: device)
        : tensor(Values(first, width, value => (float)value), [Count, width], device: device);

    private T[] Values<T>(int first, int width, Func<double, T> convert)
    {
        var part = new T[Count * width];
        for (int row = 0, place = 0; row < Count; row++)
            for (int slot = 0; slot < width; slot++)
                part[place++] = convert(_values[row * rows.Width + first + slot]);
        return part;
    }
}
