using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.ML;

/// <summary>Maps single rows to rows with their predictions, as <c>PredictionEngine</c> does.</summary>
internal sealed class RowMapper(BayesianNetworkTransformer transformer, DataViewSchema input) : IRowToRowMapper
{
    private readonly PredictedSchema _schema = new(transformer, input);

    public DataViewSchema InputSchema => _schema.Input;

    public DataViewSchema OutputSchema => _schema.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        DataViewSchema.Column[] columns = [.. dependingColumns];
        var needed = _schema.InputsOf(columns);
        return columns.Any(column => _schema.Prediction(column) >= 0) ? needed.Append(_schema.Features).DistinctBy(column => column.Index) : needed;
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new PredictedRow(input, _schema, transformer, [.. activeColumns]);
    }
}
