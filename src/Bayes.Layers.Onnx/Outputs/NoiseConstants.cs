using Bayes.Layers.Onnx.Graphs;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Outputs;

/// <summary>The scales of a likelihood's noise as constants.</summary>
internal static class NoiseConstants
{
    /// <summary>Returns one number, or one for each target dimension along an axis that counts from the last.</summary>
    public static GraphValue Along(GraphBuilder graph, IEnumerable<double> values, int? channelAxis, string name)
    {
        using var scope = NewDisposeScope();
        double[] all = [.. values];
        var numbers = all.Length == 1 ? tensor(all) : tensor(all).reshape([-1, .. Enumerable.Repeat(1L, -(channelAxis ?? -1) - 1)]);
        return graph.Constant(numbers, name);
    }

    /// <summary>Returns a number for each element of a value; NaN where the value is NaN.</summary>
    public static GraphValue Like(this GraphBuilder graph, GraphValue numbers, GraphValue value) => graph.Where(
        graph.Node("IsNaN", [value], ElementType.Bool, value.Shape), value, numbers);
}
