using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.ML;

/// <summary>A number.</summary>
internal sealed class NumberColumn(string name, Func<PredictedBlock, float[]> numbers)
    : OutputColumn(name, NumberDataViewType.Single, numbers)
{
    public override Delegate Getter(Func<(float[] Numbers, int Row)> current)
    {
        return (ValueGetter<float>)Get;

        void Get(ref float value)
        {
            var (numbers, row) = current();
            value = numbers[row];
        }
    }
}
