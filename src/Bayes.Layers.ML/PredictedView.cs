using Microsoft.ML;

namespace Bayes.Layers.ML;

/// <summary>The rows of an input with their predictions.</summary>
internal sealed class PredictedView(IDataView input, BayesianNetworkTransformer transformer) : IDataView
{
    private readonly PredictedSchema _schema = new(transformer, input.Schema);

    /// <summary>Always false: two cursors that read the input have to see the same order.</summary>
    public bool CanShuffle => false;

    public DataViewSchema Schema => _schema.Output;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        DataViewSchema.Column[] active = [.. columnsNeeded];
        var cursor = input.GetRowCursor(_schema.InputsOf(active));
        var wanted = _schema.PredictionsOf(active);
        return new PredictedCursor(
            cursor, _schema, transformer, active,
            wanted.Count > 0 ? new ReadAhead(input.GetRowCursor([_schema.Features]), _schema, transformer, wanted) : null);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
