using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.ML;

/// <summary>Whether a probability is above one half.</summary>
internal sealed class TruthColumn(string name, Func<PredictedBlock, float[]> probability)
    : OutputColumn(name, BooleanDataViewType.Instance, probability)
{
    public override Delegate Getter(Func<(float[] Numbers, int Row)> current)
    {
        return (ValueGetter<bool>)Get;

        void Get(ref bool value)
        {
            var (numbers, row) = current();
            value = numbers[row] > 0.5f;
        }
    }
}
