using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.ML;

/// <summary>A column of a prediction: its type for ML.NET, and how its value comes from numbers.</summary>
/// <param name="name">Its name.</param>
/// <param name="type">Its type.</param>
/// <param name="numbers">Returns its numbers for some rows, those of each row together.</param>
internal abstract class OutputColumn(string name, DataViewType type, Func<PredictedBlock, float[]> numbers)
{
    /// <summary>Gets the name.</summary>
    public string Name => name;

    /// <summary>Gets the type.</summary>
    public DataViewType Type => type;

    /// <summary>Gets whether each row has a vector.</summary>
    public virtual bool IsVector => false;

    /// <summary>Gets the type of a value, or of the elements of a vector, in a description of types.</summary>
    public virtual DataViewType ItemType => type;

    /// <summary>Gets whether the numbers need the samples of a prediction.</summary>
    public bool NeedsSamples { get; init; }

    /// <summary>Gets the function that returns the numbers for some rows, those of each row together.</summary>
    public Func<PredictedBlock, float[]> Numbers => numbers;

    /// <summary>Returns the annotations; null if there are none.</summary>
    public virtual DataViewSchema.Annotations? Annotations() => null;

    /// <summary>Returns a getter of the current row.</summary>
    /// <param name="current">Returns the numbers of some rows, and the zero-based index of the current one.</param>
    public abstract Delegate Getter(Func<(float[] Numbers, int Row)> current);
}
