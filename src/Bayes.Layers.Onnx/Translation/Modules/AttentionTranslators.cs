using Bayes.Layers.Onnx.Graphs;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation.Modules;

/// <summary>Attention, and layers of transformers.</summary>
internal static class AttentionTranslators
{
    /// <summary>Gets the translators.</summary>
    public static ModuleTranslator[] All { get; } =
    [
        ModuleTranslator.Of<BayesianMultiheadAttention>(
            (module, value, place) => InOrderOf(module.SequenceFirst, value, place.Graph, rows => Attend(module, rows, place)),
            module => new RowShape(ElementType.Float, null, null, module.EmbeddingSize)),
        ModuleTranslator.Of<BayesianTransformerEncoderLayer>(
            (module, value, place) => InOrderOf(module.SequenceFirst, value, place.Graph, rows => Encode(module, rows, place)),
            module => new RowShape(ElementType.Float, null, null, module.EmbeddingSize)),
    ];

    private static DrawnValue InOrderOf(bool sequenceFirst, DrawnValue value, GraphBuilder graph, Func<DrawnValue, DrawnValue> apply)
    {
        return sequenceFirst ? Exchanged(apply(Exchanged(value))) : apply(value);

        DrawnValue Exchanged(DrawnValue each) => each.Map(rows => graph.Exchange(rows, rows.Rank - 3, rows.Rank - 2));
    }

    private static DrawnValue Attend(BayesianMultiheadAttention module, DrawnValue value, ModuleTranslation place)
    {
        if (module.KeySize != module.EmbeddingSize || module.ValueSize != module.EmbeddingSize)
            throw place.Refusal(module, "whose keys or values have another size than its queries; expected self-attention of one input.");
        var graph = place.Graph;
        (string name, nn.Module module)[] projections = [.. module.named_children()];
        long heads = module.Heads, size = module.EmbeddingSize / heads;
        var byQuery = ByHead(Projected(projections[0]));
        var byKey = ByHead(Projected(projections[1]));
        var byValue = ByHead(Projected(projections[2]));
        var scores = graph.Multiply(graph.MatMul(byQuery.Value, graph.Exchange(byKey.Value, byKey.Value.Rank - 2, byKey.Value.Rank - 1)),
            1 / Math.Sqrt(size));
        if (module.IsCausal)
            scores = graph.Add(scores, Future(scores, graph));
        var weights = graph.Apply("Softmax", scores, ("axis", -1L));
        var mixed = graph.MatMul(weights, byValue.Value);
        // [1|S, B, heads, T, size] → [1|S, B, T, heads · size].
        var steps = graph.Exchange(mixed, mixed.Rank - 3, mixed.Rank - 2);
        var joined = byQuery with { Value = graph.Reshape(steps, [.. AxisSize.Of(steps, ..^2), module.EmbeddingSize]) };
        return Project(projections[3], joined);

        DrawnValue Projected((string name, nn.Module module) child) => Project(child, value);

        DrawnValue Project((string name, nn.Module module) child, DrawnValue input) =>
            place.Child(child.name, child.module, input);

        DrawnValue ByHead(DrawnValue features) => features.Map(each =>
        {
            var split = graph.Reshape(each, [.. AxisSize.Of(each, ..^1), heads, size]);
            return graph.Exchange(split, split.Rank - 3, split.Rank - 2);
        });
    }

    // −∞ where a key comes after the query, and otherwise 0: [T, T].
    private static GraphValue Future(GraphValue scores, GraphBuilder graph)
    {
        var sizes = graph.Node(
            "Concat", [graph.SizeOf(scores, scores.Rank - 2), graph.SizeOf(scores, scores.Rank - 1)], ElementType.Int64, [2], ("axis", 0L));
        var all = graph.Node("Expand", [graph.Number(-1e30), sizes], ElementType.Float, scores.Shape[^2..]);
        return graph.Node("Trilu", [all, graph.Constant(tensor(1L), "first")], ElementType.Float, all.Shape, ("upper", 1L));
    }

    private static DrawnValue Encode(BayesianTransformerEncoderLayer module, DrawnValue value, ModuleTranslation place)
    {
        var graph = place.Graph;
        var parts = module.named_children().ToDictionary(child => child.name, child => child.module);
        if (module.NormFirst)
        {
            value = Sum(value, Attended(Normalized("norm1", value)));
            return Sum(value, FedForward(Normalized("norm2", value)));
        }
        value = Normalized("norm1", Sum(value, Attended(value)));
        return Normalized("norm2", Sum(value, FedForward(value)));

        DrawnValue Attended(DrawnValue steps) => place.Child("self_attn", parts["self_attn"], steps);

        DrawnValue Normalized(string name, DrawnValue steps) => place.Child(name, parts[name], steps);

        DrawnValue FedForward(DrawnValue steps)
        {
            var inner = place.Child("linear1", parts["linear1"], steps);
            var active = inner.Map(each => graph.Apply(module.Activation == nn.Activations.GELU ? "Gelu" : "Relu", each));
            return place.Child("linear2", parts["linear2"], active);
        }

        DrawnValue Sum(DrawnValue a, DrawnValue b) => new(graph.Add(a.Value, b.Value), a.HasDraws || b.HasDraws);
    }
}
