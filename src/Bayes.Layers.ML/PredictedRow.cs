using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.ML;

/// <summary>A row with its prediction, which is computed once for each position of the input.</summary>
/// <remarks>Owns the input, as rows of ML.NET do.</remarks>
internal sealed class PredictedRow(
    DataViewRow input, PredictedSchema schema, BayesianNetworkTransformer transformer, DataViewSchema.Column[] active) : DataViewRow
{
    private readonly HashSet<int> _active = [.. active.Select(column => column.Index)];
    private readonly IReadOnlyCollection<int> _wanted = schema.PredictionsOf(active);
    private readonly float[] _features = new float[transformer.FeatureCount];
    private FeatureReader? _reader;
    private float[][] _values = [];
    private long _position = -1;
    private bool _isDisposed;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override DataViewSchema Schema => schema.Output;

    public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Getters.RequireActive(this, column);
        int index = schema.Prediction(column);
        if (index < 0)
            return input.GetGetter<TValue>(schema.Input[column.Index]);
        _reader ??= new FeatureReader(input, schema.Features, transformer.FeatureCount);
        return Getters.Of<TValue>(transformer.Outputs[index], () => (Current()[index], 0));
    }

    protected override void Dispose(bool disposing)
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (disposing)
            input.Dispose();
        base.Dispose(disposing);
    }

    private float[][] Current()
    {
        if (_position != input.Position)
        {
            _reader!.Read(_features);
            _values = transformer.Predict(_features, rows: 1, _wanted);
            _position = input.Position;
        }
        return _values;
    }
}
