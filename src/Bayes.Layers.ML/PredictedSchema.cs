using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.ML;

/// <summary>The columns of an input and of its prediction.</summary>
internal sealed class PredictedSchema
{
    private readonly int _inputCount;

    /// <exception cref="ArgumentException">The column of features is missing, of another type or length.</exception>
    public PredictedSchema(BayesianNetworkTransformer transformer, DataViewSchema input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Input = input;
        Features = FindFeatures(transformer, input);
        _inputCount = input.Count;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        foreach (var column in transformer.Outputs)
            builder.AddColumn(column.Name, column.Type, column.Annotations());
        Output = builder.ToSchema();
    }

    /// <summary>Gets the columns of the input.</summary>
    public DataViewSchema Input { get; }

    /// <summary>Gets the columns of the output: those of the input, then those of the prediction.</summary>
    public DataViewSchema Output { get; }

    /// <summary>Gets the column of features in the input.</summary>
    public DataViewSchema.Column Features { get; }

    /// <summary>Returns the zero-based index of a column of the output among those of the prediction; negative if it is one of the input.</summary>
    public int Prediction(DataViewSchema.Column column) => column.Index - _inputCount;

    /// <summary>Returns the zero-based indices of those of some columns of the output that are of the prediction.</summary>
    public IReadOnlyCollection<int> PredictionsOf(IEnumerable<DataViewSchema.Column> columns) =>
        columns.Select(Prediction).Where(index => index >= 0).ToHashSet();

    /// <summary>Returns those of some columns of the output that are columns of the input.</summary>
    public IEnumerable<DataViewSchema.Column> InputsOf(IEnumerable<DataViewSchema.Column> columns) =>
        columns.Where(column => Prediction(column) < 0).Select(column => Input[column.Index]);

    private static DataViewSchema.Column FindFeatures(BayesianNetworkTransformer transformer, DataViewSchema input)
    {
        string name = transformer.Description.FeatureColumnName;
        var column = input.GetColumnOrNull(name)
            ?? throw new ArgumentException(
                $"There is no column '{name}'; the data have {string.Join(", ", input.Select(each => $"'{each.Name}'"))}.");
        if (column.Type is not VectorDataViewType { ItemType: NumberDataViewType item } vector || item != NumberDataViewType.Single
            || vector.Size != transformer.FeatureCount)
            throw new ArgumentException(
                $"The column '{name}' is of type {column.Type}; expected a vector of {transformer.FeatureCount} Single, as in training.");
        return column;
    }
}
