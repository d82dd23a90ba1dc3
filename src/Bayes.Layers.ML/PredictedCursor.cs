using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.ML;

/// <summary>A cursor over the rows of an input, with predictions that were computed ahead.</summary>
internal sealed class PredictedCursor(
    DataViewRowCursor input, PredictedSchema schema, BayesianNetworkTransformer transformer, DataViewSchema.Column[] active, ReadAhead? ahead)
    : DataViewRowCursor
{
    private readonly HashSet<int> _active = [.. active.Select(column => column.Index)];
    private bool _isDisposed;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override DataViewSchema Schema => schema.Output;

    public override bool MoveNext() => input.MoveNext();

    public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Getters.RequireActive(this, column);
        int index = schema.Prediction(column);
        return index < 0 ? input.GetGetter<TValue>(schema.Input[column.Index])
            : Getters.Of<TValue>(transformer.Outputs[index], () => ahead!.At(index, input.Position));
    }

    protected override void Dispose(bool disposing)
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (disposing)
        {
            input.Dispose();
            ahead?.Dispose();
        }
        base.Dispose(disposing);
    }
}
