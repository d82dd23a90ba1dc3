using Bayes.Layers.Onnx.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation.Modules;

/// <summary>Lookups, and what is added to the steps of a sequence.</summary>
internal static class EmbeddingTranslators
{
    /// <summary>Gets the translators.</summary>
    public static ModuleTranslator[] All { get; } =
    [
        ModuleTranslator.Of<Embedding>(
            (module, value, place) => LookUp(value, place.Parameter("weight", module.weight!), "table", table => table, place),
            _ => Indices) with { TakesMoreAxes = true },
        ModuleTranslator.Of<BayesianEmbedding>(
            (layer, value, place) => LookUp(value, place.Weights.Of(layer.WeightPosterior), "padded table", table => Padded(table, layer), place),
            _ => Indices) with { TakesMoreAxes = true },
        ModuleTranslator.Of<BayesianPositionalEmbedding>(
            (module, value, place) =>
            {
                var (name, positions) = module.named_children().Single();
                return AddPositions(value, place.Of(name).Weights.Of(((BayesianEmbedding)positions).WeightPosterior), place.Of(name));
            },
            module => new RowShape(ElementType.Float, null, null, module.Size)),
        ModuleTranslator.Of<SinusoidalPositionalEmbedding>(AddWaves) with { KeepsShape = true },
    ];

    private static RowShape Indices => new(ElementType.Int64, null, null);

    private static DrawnValue LookUp(
        DrawnValue indices, ModelWeight weight, string form, Func<Tensor, Tensor> arrange, ModuleTranslation place)
    {
        if (indices.Value.Type != ElementType.Int64)
            throw new ArgumentException(
                $"'{place.Path}' looks up whole numbers, and what comes before it returns numbers of type {indices.Value.Type}; expected the indices "
                + "as the model's input.", "model");
        var table = place.Constant(weight, "weight", form, arrange);
        return new DrawnValue(place.Graph.Gather(table, indices.Value, table.Rank - 2), weight.HasDraws);
    }

    // The posterior has no row for the padding, which is zero.
    private static Tensor Padded(Tensor table, BayesianEmbedding layer)
    {
        if (layer.PaddingIndex is not { } padding)
            return table;
        long axis = table.ndim - 2;
        long[] shape = [.. table.shape];
        shape[axis] = 1;
        return cat(
            [table.narrow(axis, 0, padding), zeros(shape, table.dtype, table.device), table.narrow(axis, padding, table.shape[axis] - padding)],
            axis);
    }

    private static DrawnValue AddPositions(DrawnValue value, ModelWeight weight, ModuleTranslation place)
    {
        // [S, 1, steps, size], or [steps, size].
        var table = place.Constant(weight, "weight", "positions", each => weight.HasDraws ? each.unsqueeze(1) : each);
        var used = place.Graph.FirstPart(table, table.Rank - 2, value.Value, value.Value.Rank - 2);
        return new DrawnValue(place.Graph.Add(value.Value, used), value.HasDraws || weight.HasDraws);
    }

    private static DrawnValue AddWaves(SinusoidalPositionalEmbedding module, DrawnValue value, ModuleTranslation place)
    {
        var graph = place.Graph;
        if (value.Row[^1] is not { } size)
            throw place.Refusal(module, "whose number of features is not known; expected OnnxExportOptions.InputShape with it.");
        // The step is multiplied in double precision, in which the library computes the angles of late steps; ONNX has sines in single precision, so
        // whole turns are taken away before.
        double[] turns = [.. Enumerable.Range(0, (int)size).Select(i => Math.Pow(10_000, -2.0 * (i / 2) / size) / (2 * Math.PI))];
        double[] shifts = [.. Enumerable.Range(0, (int)size).Select(i => i % 2 * 0.25)];
        int stepAxis = value.Value.Rank - 2;
        var count = graph.Squeeze(graph.SizeOf(value.Value, stepAxis), 0);
        var zero = graph.Constant(tensor(0L), "zero");
        var one = graph.Constant(tensor(1L), "one");
        var steps = graph.Node("Range", [zero, count, one], ElementType.Int64, [value.Value.Shape[stepAxis]]);
        var asDouble = graph.Node("Cast", [steps], ElementType.Double, steps.Shape, ("to", (long)ElementType.Double));
        var angle = graph.Add(
            graph.Multiply(graph.Unsqueeze(asDouble, 1), graph.DoubleConstant(tensor(turns), "turns")),
            graph.DoubleConstant(tensor(shifts), "shifts"));
        var rest = graph.Subtract(angle, graph.Apply("Floor", angle));
        var single = graph.Node("Cast", [rest], ElementType.Float, rest.Shape, ("to", (long)ElementType.Float));
        var waves = graph.Apply("Sin", graph.Multiply(single, 2 * Math.PI));
        return value.Map(each => graph.Add(each, waves));
    }
}
