using Bayes.Layers.Onnx.Graphs;

namespace Bayes.Layers.Onnx.Translation;

/// <summary>A value of a network in a graph.</summary>
/// <param name="Value"><c>[S, B, …]</c> with an axis of draws, and otherwise <c>[B, …]</c>, the same for all draws.</param>
/// <param name="HasDraws">Whether it has an axis of draws.</param>
internal readonly record struct DrawnValue(GraphValue Value, bool HasDraws)
{
    /// <summary>Gets the number of axes in front of the rows: 1 for the draws, or 0.</summary>
    public int Leading => HasDraws ? 1 : 0;

    /// <summary>Gets the shape of one draw, <c>[B, …]</c>.</summary>
    public long?[] Row => Value.Shape[Leading..];

    /// <summary>Gets the number of axes of one draw.</summary>
    public int Rank => Value.Rank - Leading;

    /// <summary>Applies a function that needs not know of the axis of draws.</summary>
    public DrawnValue Map(Func<GraphValue, GraphValue> function) => this with { Value = function(Value) };

    /// <summary>Returns the axis in the value of an axis of one draw, which counts from the last if it is below 0.</summary>
    public int Axis(long axisOfRow) => (int)(axisOfRow < 0 ? Value.Rank + axisOfRow : axisOfRow + Leading);
}
