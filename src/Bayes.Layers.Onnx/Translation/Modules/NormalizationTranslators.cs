using Bayes.Layers.Onnx.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation.Modules;

/// <summary>Normalization layers, as they work in evaluation.</summary>
internal static class NormalizationTranslators
{
    /// <summary>Gets the translators.</summary>
    public static ModuleTranslator[] All { get; } =
    [
        // Without the axis of a length, or with it.
        ModuleTranslator.Of<BatchNorm1d>(Batch, module => InputOf(module.num_features)) with { ChecksInput = false },
        ModuleTranslator.Of<BatchNorm2d>(Batch, module => InputOf(module.num_features, 2)),
        ModuleTranslator.Of<BatchNorm3d>(Batch, module => InputOf(module.num_features, 3)),
        ModuleTranslator.Of<InstanceNorm1d>(Instance, module => InputOf(module.num_features, 1)),
        ModuleTranslator.Of<InstanceNorm2d>(Instance, module => InputOf(module.num_features, 2)),
        ModuleTranslator.Of<InstanceNorm3d>(Instance, module => InputOf(module.num_features, 3)),
        ModuleTranslator.Of<GroupNorm>(Group),
        ModuleTranslator.Of<LayerNorm>(Layer, module => new RowShape(
            ElementType.Float, [null, .. module.normalized_shape.Select(size => (long?)size)])) with { TakesMoreAxes = true },
    ];

    private static RowShape InputOf(long channels, int dimensions = 0) =>
        new(ElementType.Float, [null, channels, .. Enumerable.Repeat((long?)null, dimensions)]);

    private static DrawnValue Batch(BatchNorm module, DrawnValue value, ModuleTranslation place)
    {
        if (module.running_mean is not { } mean || module.running_var is not { } variance)
            throw place.Refusal(
                module, "which keeps no running statistics, so a row's output depends on the rows beside it; expected one that tracks them.");
        return ByStatistics(value, place, mean, variance, module.eps, Affine(place, module.weight, module.bias));
    }

    private static DrawnValue Instance(InstanceNorm module, DrawnValue value, ModuleTranslation place)
    {
        var affine = Affine(place, module.weight, module.bias);
        if (module.track_running_stats)
            return ByStatistics(value, place, module.running_mean!, module.running_var!, module.eps, affine);
        long[] places = [.. Enumerable.Range(1, value.Rank - 2).Select(i => (long)-i)];
        return Scaled(value.Map(x => place.Graph.Normalize(x, module.eps, places)), place, affine, behind: value.Rank - 2);
    }

    private static DrawnValue Group(GroupNorm module, DrawnValue value, ModuleTranslation place)
    {
        var graph = place.Graph;
        var normal = value.Map(x =>
        {
            var groups = graph.Reshape(
                x, [.. AxisSize.Of(x, ..(value.Leading + 1)), module.num_groups, AxisSize.Product(
                    value.Row[1] is { } channels
                        ? [channels / module.num_groups, .. AxisSize.Of(x, (value.Leading + 2)..)] : [AxisSize.Rest])]);
            return graph.Reshape(graph.Normalize(groups, module.eps, -1), AxisSize.Of(x, ..));
        });
        return Scaled(normal, place, Affine(place, module.weight, module.bias), behind: value.Rank - 2);
    }

    private static DrawnValue Layer(LayerNorm module, DrawnValue value, ModuleTranslation place)
    {
        long[] axes = [.. Enumerable.Range(1, module.normalized_shape.Length).Select(i => (long)-i)];
        var normal = value.Map(x => place.Graph.Normalize(x, module.eps, axes));
        int others = value.Rank - axes.Length;
        // Numbers for each element of the normalized axes, the same for all rows.
        return Scaled(normal, place, Affine(place, module.weight, module.bias), weight => weight.HasDraws
            ? each => each.reshape([each.shape[0], .. Enumerable.Repeat(1L, others), .. weight.Shape])
            : each => each, $"under {others} axes");
    }

    private static (ModelWeight? Weight, ModelWeight? Bias) Affine(ModuleTranslation place, Tensor? weight, Tensor? bias) =>
        (place.ParameterOrNull("weight", weight), place.ParameterOrNull("bias", bias));

    // (x − mean) / √(variance + ε), which are numbers: one factor and one summand for each channel.
    private static DrawnValue ByStatistics(
        DrawnValue value, ModuleTranslation place, Tensor mean, Tensor variance, double epsilon, (ModelWeight? Weight, ModelWeight? Bias) affine)
    {
        var inverse = variance.detach().to(ScalarType.Float64).Plus(epsilon).rsqrt();
        bool hasDraws = affine.Weight is { HasDraws: true } || affine.Bias is { HasDraws: true };
        var factor = affine.Weight is { } weight ? weight.Value.detach().to(ScalarType.Float64).mul(inverse) : inverse;
        var summand = mean.detach().to(ScalarType.Float64).mul(factor).neg();
        if (affine.Bias is { } bias)
            summand = summand.Plus(bias.Value.detach().to(ScalarType.Float64));
        int behind = value.Rank - 2;
        var graph = place.Graph;
        var output = graph.Add(
            graph.Multiply(value.Value, place.Constant("factor", PerChannel(factor, behind))),
            place.Constant("summand", PerChannel(summand, behind)));
        return new DrawnValue(output, value.HasDraws || hasDraws);
    }

    private static DrawnValue Scaled(
        DrawnValue value, ModuleTranslation place, (ModelWeight? Weight, ModelWeight? Bias) affine, int behind) => Scaled(
            value, place, affine, _ => each => PerChannel(each, behind), $"in front of {behind} axes");

    private static DrawnValue Scaled(
        DrawnValue value, ModuleTranslation place, (ModelWeight? Weight, ModelWeight? Bias) affine,
        Func<ModelWeight, Func<Tensor, Tensor>> arrange, string form)
    {
        var graph = place.Graph;
        if (affine.Weight is { } weight)
            value = new DrawnValue(
                graph.Multiply(value.Value, place.Constant(weight, "weight", form, arrange(weight))), value.HasDraws || weight.HasDraws);
        if (affine.Bias is { } bias)
            value = new DrawnValue(graph.Add(value.Value, place.Constant(bias, "bias", form, arrange(bias))), value.HasDraws || bias.HasDraws);
        return value;
    }

    // [C] → [C, 1, …], or [S, C] → [S, 1, C, 1, …].
    private static Tensor PerChannel(Tensor values, int behind) => values.reshape(
        [.. values.ndim == 2 ? new[] { values.shape[0], 1 } : [], values.shape[^1], .. Enumerable.Repeat(1L, behind)]);
}
