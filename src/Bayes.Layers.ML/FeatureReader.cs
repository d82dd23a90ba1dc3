using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.ML;

/// <summary>Reads the features of the current row.</summary>
internal sealed class FeatureReader(DataViewRow row, DataViewSchema.Column column, int count)
{
    private readonly ValueGetter<VBuffer<float>> _getter = row.GetGetter<VBuffer<float>>(column);
    private VBuffer<float> _value;

    /// <summary>Copies the features.</summary>
    /// <exception cref="InvalidOperationException">The row has another number of features.</exception>
    public void Read(Span<float> features)
    {
        _getter(ref _value);
        if (_value.Length != count)
            throw new InvalidOperationException($"A row has {_value.Length} features in '{column.Name}'; expected {count}, as in training.");
        _value.CopyTo(features);
    }
}
