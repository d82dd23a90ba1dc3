using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.ML;

/// <summary>The most probable class as a key, with the names of the classes; 0, which is missing, if a probability is NaN.</summary>
internal sealed class KeyColumn(string name, IReadOnlyList<string> classes, Func<PredictedBlock, float[]> probabilities)
    : OutputColumn(name, new KeyDataViewType(typeof(uint), classes.Count), probabilities)
{
    public override DataViewType ItemType => NumberDataViewType.UInt32;

    public override DataViewSchema.Annotations Annotations() => ClassAnnotations.Of("KeyValues", classes);

    public override Delegate Getter(Func<(float[] Numbers, int Row)> current)
    {
        return (ValueGetter<uint>)Get;

        void Get(ref uint value)
        {
            var (numbers, row) = current();
            value = (uint)(MostProbable(numbers.AsSpan(row * classes.Count, classes.Count)) + 1);
        }
    }

    // Zero-based, and −1 if a probability is NaN.
    private static int MostProbable(ReadOnlySpan<float> probabilities)
    {
        int best = 0;
        for (int index = 0; index < probabilities.Length; index++)
        {
            if (float.IsNaN(probabilities[index]))
                return -1;
            if (probabilities[index] > probabilities[best])
                best = index;
        }
        return best;
    }
}
