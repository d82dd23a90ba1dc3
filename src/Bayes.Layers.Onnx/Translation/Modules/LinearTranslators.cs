using Bayes.Layers.Onnx.Graphs;
using TorchSharp.Modules;

namespace Bayes.Layers.Onnx.Translation.Modules;

/// <summary>Linear layers.</summary>
internal static class LinearTranslators
{
    /// <summary>Gets the translators.</summary>
    public static ModuleTranslator[] All { get; } =
    [
        ModuleTranslator.Of<Linear>(
            (module, value, place) => Apply(
                value, place.Parameter("weight", module.weight), place.ParameterOrNull("bias", module.bias), place),
            module => new RowShape(ElementType.Float, null, module.in_features)) with { TakesMoreAxes = true },
        ModuleTranslator.Of<BayesianLinear>(Apply, module => new RowShape(ElementType.Float, null, module.InputSize)) with { TakesMoreAxes = true },
    ];

    private static DrawnValue Apply(BayesianLinear layer, DrawnValue value, ModuleTranslation place) =>
        Apply(value, place.Weights.Of(layer.WeightPosterior), layer.BiasPosterior is { } bias ? place.Weights.Of(bias) : null, place);

    private static DrawnValue Apply(DrawnValue value, ModelWeight weight, ModelWeight? bias, ModuleTranslation place)
    {
        var graph = place.Graph;
        bool hasDraws = value.HasDraws || weight.HasDraws || bias is { HasDraws: true };
        // A matrix for each draw meets all rows of a draw in one product.
        bool merges = weight.HasDraws && value.Rank > 2;
        var rows = merges ? Merged(value, graph) : value;
        var product = graph.MatMul(rows.Value, place.Constant(weight, "weight", "transposed", each => each.transpose(-2, -1)));
        if (bias is { } own)
            product = graph.Add(product, place.Constant(own, "bias", $"for {(merges ? 2 : value.Rank)} axes", each => own.HasDraws
                ? each.reshape([each.shape[0], .. Enumerable.Repeat(1L, (merges ? 2 : value.Rank) - 1), each.shape[1]])
                : each));
        var output = new DrawnValue(product, hasDraws);
        return merges ? Split(output, value, weight.Shape[0], graph) : output;
    }

    // [1|S, B, …, n] → [1|S, B…, n].
    private static DrawnValue Merged(DrawnValue value, GraphBuilder graph)
    {
        var sizes = AxisSize.Of(value.Value, value.Leading..^1);
        return value.Map(each => graph.Reshape(
            each, [.. AxisSize.Of(each, ..value.Leading), AxisSize.Product(sizes), AxisSize.Of(each, each.Rank - 1)]));
    }

    private static DrawnValue Split(DrawnValue product, DrawnValue like, long features, GraphBuilder graph) => product.Map(each => graph.Reshape(
        each, [.. AxisSize.Of(each, ..product.Leading), .. AxisSize.Of(like.Value, like.Leading..^1), features]));
}
