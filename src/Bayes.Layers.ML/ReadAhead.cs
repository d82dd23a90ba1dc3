using Microsoft.ML;

namespace Bayes.Layers.ML;

/// <summary>Reads the features of many rows before they are asked for, and predicts them together.</summary>
/// <remarks>Owns the cursor; dispose it.</remarks>
internal sealed class ReadAhead(
    DataViewRowCursor cursor, PredictedSchema schema, BayesianNetworkTransformer transformer, IReadOnlyCollection<int> wanted) : IDisposable
{
    private const int RowsAtOnce = 1024;

    private readonly FeatureReader _reader = new(cursor, schema.Features, transformer.FeatureCount);
    private readonly float[] _features = new float[RowsAtOnce * transformer.FeatureCount];
    private float[][] _values = [];
    private long _first, _end;

    /// <summary>Returns the numbers of a column for some rows, and the index of a row in them. Rows are asked for in order.</summary>
    /// <param name="column">Zero-based index of the column among those of the prediction.</param>
    /// <param name="row">Zero-based position of the row in the input.</param>
    /// <exception cref="InvalidOperationException">The input has fewer rows than when it is read beside this.</exception>
    public (float[] Numbers, int Row) At(int column, long row)
    {
        while (row >= _end)
            ReadNext();
        return (_values[column], (int)(row - _first));
    }

    public void Dispose() => cursor.Dispose();

    private void ReadNext()
    {
        int rows = 0;
        for (; rows < RowsAtOnce && cursor.MoveNext(); rows++)
            _reader.Read(_features.AsSpan(rows * transformer.FeatureCount, transformer.FeatureCount));
        if (rows == 0)
            throw new InvalidOperationException(
                $"The input ended after {_end} rows when its features were read, and has more; expected the same rows in every reading.");
        _values = transformer.Predict(_features, rows, wanted);
        (_first, _end) = (_end, _end + rows);
    }
}
