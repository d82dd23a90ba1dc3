using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.ML;

/// <summary>A number for each class.</summary>
internal sealed class VectorColumn(string name, IReadOnlyList<string> classes, Func<PredictedBlock, float[]> numbers)
    : OutputColumn(name, new VectorDataViewType(NumberDataViewType.Single, classes.Count), numbers)
{
    public override bool IsVector => true;

    public override DataViewType ItemType => NumberDataViewType.Single;

    public override DataViewSchema.Annotations Annotations() => ClassAnnotations.Of("SlotNames", classes);

    public override Delegate Getter(Func<(float[] Numbers, int Row)> current)
    {
        int width = classes.Count;
        return (ValueGetter<VBuffer<float>>)Get;

        void Get(ref VBuffer<float> value)
        {
            var (numbers, row) = current();
            var editor = VBufferEditor.Create(ref value, width);
            numbers.AsSpan(row * width, width).CopyTo(editor.Values);
            value = editor.Commit();
        }
    }
}
