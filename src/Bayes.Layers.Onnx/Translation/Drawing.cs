using Bayes.Layers.Onnx.Graphs;

namespace Bayes.Layers.Onnx.Translation;

/// <summary>Moves the axis of draws where an operator can take it.</summary>
internal static class Drawing
{
    /// <summary>Applies an operator that must not see the axis of draws: the draws are folded into the batch, <c>[S · B, …]</c>.</summary>
    public static DrawnValue Folded(this DrawnValue value, GraphBuilder graph, Func<GraphValue, GraphValue> apply)
    {
        if (!value.HasDraws)
            return value.Map(apply);
        var folded = graph.Reshape(value.Value, [AxisSize.Product(AxisSize.Of(value.Value, ..2)), .. AxisSize.Of(value.Value, 2..)]);
        var output = apply(folded);
        return value with
        {
            Value = graph.Reshape(output, [AxisSize.Of(value.Value, 0), AxisSize.Of(value.Value, 1), .. AxisSize.Of(output, 1..)]),
        };
    }

    /// <summary>Returns the value with an axis of draws, on which all draws are the same if it had none.</summary>
    public static DrawnValue WithDraws(this DrawnValue value, GraphBuilder graph, int draws)
    {
        if (value.HasDraws)
            return value;
        var single = graph.Unsqueeze(value.Value, 0);
        return new(draws == 1 ? single : graph.Expand(single, [draws, .. Enumerable.Repeat(1L, value.Rank)]), HasDraws: true);
    }
}
