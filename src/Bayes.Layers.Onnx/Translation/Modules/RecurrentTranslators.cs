using Bayes.Layers.Onnx.Graphs;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation.Modules;

/// <summary>Recurrent layers: one node for each draw and layer, since ONNX's operators take one set of weights.</summary>
internal static class RecurrentTranslators
{
    // PyTorch's gates are i, f, g, o and r, z, n; ONNX's are i, o, f, c and z, r, h.
    private static readonly Cell Lstm = new("LSTM", [0, 3, 1, 2]), Gru = new("GRU", [1, 0, 2]);

    /// <summary>Gets the translators.</summary>
    public static ModuleTranslator[] All { get; } = [Of<BayesianLSTM>(Lstm), Of<BayesianGRU>(Gru)];

    private static ModuleTranslator Of<T>(Cell cell) where T : BayesianRecurrent => ModuleTranslator.Of<T>(
        (module, value, place) => Run(module, cell, value, place), module => new RowShape(ElementType.Float, null, null, module.InputSize));

    private static DrawnValue Run(BayesianRecurrent module, Cell cell, DrawnValue value, ModuleTranslation place)
    {
        var graph = place.Graph;
        var layers = Layers(module, place);
        int draws = layers[0].Weights.HasDraws ? place.Weights.Draws : 1;
        bool hasDraws = value.HasDraws || layers[0].Weights.HasDraws;
        if (!layers[0].Weights.HasDraws)
            return value.Folded(graph, rows => RunDraw(module, cell, layers, StepsFirst(rows, graph), draw: 0, place));
        // [S, B, T, n] → [B, T, n] for each draw.
        GraphValue?[] inputs = value.HasDraws ? Split(value.Value, draws, graph) : [.. Enumerable.Repeat(StepsFirst(value.Value, graph), draws)];
        var outputs = inputs.Select((input, draw) =>
            graph.Unsqueeze(RunDraw(module, cell, layers, value.HasDraws ? StepsFirst(input!, graph) : input!, draw, place), 0));
        return new DrawnValue(graph.Concat([.. outputs], 0), hasDraws);
    }

    private static GraphValue[] Split(GraphValue value, int draws, GraphBuilder graph) =>
        [.. Enumerable.Range(0, draws).Select(draw => graph.Squeeze(graph.Slice(value, 0, draw, draw + 1), 0))];

    private static GraphValue StepsFirst(GraphValue rows, GraphBuilder graph) => graph.Transpose(rows, 1, 0, 2);

    // [T, B, n] → [B, T, directions · hidden], or [B, directions · hidden] of the last step.
    private static GraphValue RunDraw(
        BayesianRecurrent module, Cell cell, IReadOnlyList<Layer> layers, GraphValue steps, int draw, ModuleTranslation place)
    {
        var graph = place.Graph;
        int directions = module.IsBidirectional ? 2 : 1;
        foreach (var (i, layer) in layers.Index())
        {
            bool isLast = i == layers.Count - 1;
            long?[] sequence = [steps.Shape[0], directions, steps.Shape[1], module.HiddenSize];
            bool keeps = module.ReturnsSequence || !isLast;
            var outputs = graph.Nodes(
                cell.Operator,
                [steps, layer.Input(cell, draw, place), layer.Hidden(cell, draw, place), module.HasBias ? layer.Bias(cell, draw, place) : null],
                keeps ? [(steps.Type, sequence)] : [(steps.Type, null), (steps.Type, sequence[1..])],
                [
                    ("hidden_size", module.HiddenSize), ("direction", module.IsBidirectional ? "bidirectional" : "forward"),
                    .. cell.Operator == "GRU" ? new GraphAttribute[] { ("linear_before_reset", 1L) } : [],
                ]);
            if (!keeps)
                return graph.Reshape(
                    graph.Transpose(outputs[1], 1, 0, 2), [AxisSize.Of(steps, 1), directions * module.HiddenSize]);
            // [T, directions, B, hidden] → [T, B, directions · hidden].
            steps = graph.Reshape(
                graph.Transpose(outputs[0], 0, 2, 1, 3), [AxisSize.Of(steps, 0), AxisSize.Of(steps, 1), directions * module.HiddenSize]);
        }
        return graph.Transpose(steps, 1, 0, 2);
    }

    private static IReadOnlyList<Layer> Layers(BayesianRecurrent module, ModuleTranslation place)
    {
        var children = module.named_children().ToDictionary(child => child.name, child => (BayesianLinear)child.module);
        return [.. Enumerable.Range(0, module.Layers).Select(i =>
        {
            string[] suffixes = module.IsBidirectional ? ["", "_reverse"] : [""];
            BayesianLinear[] inputs = [.. suffixes.Select(suffix => children[$"input_hidden_{i}{suffix}"])],
                hidden = [.. suffixes.Select(suffix => children[$"hidden_hidden_{i}{suffix}"])];
            return new Layer(
                i, Weights(inputs, each => each.WeightPosterior, place), Weights(hidden, each => each.WeightPosterior, place),
                module.HasBias ? Weights(inputs, each => each.BiasPosterior!, place) : null,
                module.HasBias ? Weights(hidden, each => each.BiasPosterior!, place) : null);
        })];
    }

    // [S?, directions, gates · hidden, …].
    private static ModelWeight Weights(
        BayesianLinear[] directions, Func<BayesianLinear, Posteriors.WeightPosterior> posterior, ModuleTranslation place)
    {
        ModelWeight[] all = [.. directions.Select(each => place.Weights.Of(posterior(each)))];
        return all[0] with { Value = stack(all.Select(each => each.Value), all[0].HasDraws ? 1 : 0) };
    }

    private sealed record Cell(string Operator, int[] Order)
    {
        /// <summary>Brings the gates, along an axis, into ONNX's order.</summary>
        public Tensor Ordered(Tensor weights, int axis)
        {
            var gates = weights.chunk(Order.Length, axis);
            return cat(Order.Select(gate => gates[gate]).ToArray(), axis);
        }
    }

    private sealed record Layer(int Index, ModelWeight Weights, ModelWeight HiddenWeights, ModelWeight? Biases, ModelWeight? HiddenBiases)
    {
        public GraphValue Input(Cell cell, int draw, ModuleTranslation place) =>
            place.Constant($"input_hidden_{Index}.weight", cell.Ordered(Of(Weights, draw), 1));

        public GraphValue Hidden(Cell cell, int draw, ModuleTranslation place) =>
            place.Constant($"hidden_hidden_{Index}.weight", cell.Ordered(Of(HiddenWeights, draw), 1));

        public GraphValue Bias(Cell cell, int draw, ModuleTranslation place) => place.Constant(
            $"layer_{Index}.bias", cat([cell.Ordered(Of(Biases!.Value, draw), 1), cell.Ordered(Of(HiddenBiases!.Value, draw), 1)], 1));

        private static Tensor Of(ModelWeight weight, int draw) => weight.HasDraws ? weight.Value[draw] : weight.Value;
    }
}
