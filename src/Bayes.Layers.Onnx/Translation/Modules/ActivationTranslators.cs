using Bayes.Layers.Onnx.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation.Modules;

/// <summary>Activations, applied to elements or along an axis.</summary>
internal static class ActivationTranslators
{
    /// <summary>Gets the translators.</summary>
    public static ModuleTranslator[] All { get; } =
    [
        ModuleTranslator.Each<CELU>((module, x, graph) => graph.Apply("Celu", x, ("alpha", module.alpha))),
        ModuleTranslator.Each<ELU>((module, x, graph) => graph.Apply("Elu", x, ("alpha", module.alpha))),
        ModuleTranslator.Each<GELU>((module, x, graph) => graph.Apply(
            "Gelu", x, ("approximate", module.approximate == GELU.Approximate.tanh ? "tanh" : "none"))),
        ModuleTranslator.Of<GLU>(Gated),
        ModuleTranslator.Each<Hardshrink>((module, x, graph) => graph.Apply("Shrink", x, ("lambd", module.lambda), ("bias", 0.0))),
        ModuleTranslator.Each<Hardsigmoid>((_, x, graph) => graph.Apply("HardSigmoid", x, ("alpha", 1.0 / 6), ("beta", 0.5))),
        ModuleTranslator.Each<Hardswish>((_, x, graph) => graph.Apply("HardSwish", x)),
        ModuleTranslator.Of<Hardtanh>(Bounded) with { KeepsShape = true },
        ModuleTranslator.Nothing<Identity>(),
        ModuleTranslator.Each<LeakyReLU>((module, x, graph) => graph.Apply("LeakyRelu", x, ("alpha", module.negative_slope))),
        ModuleTranslator.Each<LogSigmoid>((_, x, graph) => graph.Apply("Neg", graph.Apply("Softplus", graph.Apply("Neg", x)))),
        ModuleTranslator.Of<LogSoftmax>((module, value, place) => Along("LogSoftmax", module, module.dim, value, place)) with { KeepsShape = true },
        ModuleTranslator.Each<Mish>((_, x, graph) => graph.Multiply(x, graph.Apply("Tanh", graph.Apply("Softplus", x)))),
        ModuleTranslator.Of<PReLU>(Parametric) with { KeepsShape = true },
        // In evaluation its slope is the middle of its range.
        ModuleTranslator.Each<RReLU>((module, x, graph) => graph.Apply("LeakyRelu", x, ("alpha", (module.lower + module.upper) / 2))),
        ModuleTranslator.Each<ReLU>((_, x, graph) => graph.Apply("Relu", x)),
        ModuleTranslator.Each<ReLU6>((_, x, graph) => graph.Clip(x, 0, 6)),
        ModuleTranslator.Each<SELU>((_, x, graph) => graph.Apply("Selu", x)),
        ModuleTranslator.Each<Sigmoid>((_, x, graph) => graph.Apply("Sigmoid", x)),
        ModuleTranslator.Each<SiLU>((_, x, graph) => graph.Multiply(x, graph.Apply("Sigmoid", x))),
        ModuleTranslator.Of<Softmax>((module, value, place) => Along("Softmax", module, module.dim, value, place)) with { KeepsShape = true },
        ModuleTranslator.Of<Softmax2d>((module, value, place) => Along("Softmax", module, -3, value, place)) with { KeepsShape = true },
        ModuleTranslator.Of<Softmin>((module, value, place) => Along(
            "Softmax", module, module.dim, value.Map(x => place.Graph.Apply("Neg", x)), place)) with { KeepsShape = true },
        ModuleTranslator.Each<Softplus>(SmoothRelu),
        ModuleTranslator.Each<Softshrink>((module, x, graph) => graph.Apply("Shrink", x, ("lambd", module.lambda), ("bias", module.lambda))),
        ModuleTranslator.Each<Softsign>((_, x, graph) => graph.Apply("Softsign", x)),
        ModuleTranslator.Each<Tanh>((_, x, graph) => graph.Apply("Tanh", x)),
        ModuleTranslator.Each<Tanhshrink>((_, x, graph) => graph.Subtract(x, graph.Apply("Tanh", x))),
        ModuleTranslator.Each<Threshold>((module, x, graph) => graph.Where(
            graph.Greater(x, graph.Number(module.threshold)), x, graph.Number(module.value))),
    ];

    // TorchSharp 0.107's returns its input, whatever the bounds: neither that nor what it should do is a faithful copy.
    private static DrawnValue Bounded(Hardtanh module, DrawnValue value, ModuleTranslation place)
    {
        using var scope = NewDisposeScope();
        double beyond = double.IsFinite(module.max_val) ? module.max_val + 1 : module.min_val - 1;
        using var given = tensor(beyond);
        using var bounded = module.call(given);
        if (bounded.data<double>()[0] == beyond)
            throw place.Refusal(
                module, "which this version of TorchSharp computes as the identity, without its bounds; expected ReLU6, Tanh or another activation.");
        return value.Map(x => place.Graph.Clip(x, Finite(module.min_val), Finite(module.max_val)));

        static double? Finite(double bound) => double.IsInfinity(bound) ? null : bound;
    }

    // A module sees one draw, [B, …], and so does its axis.
    private static DrawnValue Along(string operation, nn.Module module, long axis, DrawnValue value, ModuleTranslation place)
    {
        RequireAxisOfRow(module, axis, value, place);
        return value.Map(x => place.Graph.Apply(operation, x, ("axis", value.Axis(axis))));
    }

    /// <summary>Refuses the axis of the batch, along which rows would depend on each other.</summary>
    internal static void RequireAxisOfRow(nn.Module module, long axis, DrawnValue value, ModuleTranslation place)
    {
        long ofRow = axis < 0 ? axis + value.Rank : axis;
        if (ofRow < 1 || ofRow >= value.Rank)
            throw place.Refusal(module, $"which works along axis {axis} of {value.Rank}; expected an axis behind the batch.");
    }

    private static DrawnValue Gated(GLU module, DrawnValue value, ModuleTranslation place)
    {
        RequireAxisOfRow(module, module.dim, value, place);
        int axis = value.Axis(module.dim);
        if (value.Value.Shape[axis] is not { } size)
            throw place.Refusal(
                module, $"and the size of its axis {module.dim} is not known; expected OnnxExportOptions.InputShape with all sizes.");
        return value.Map(x => place.Graph.Multiply(
            place.Graph.Slice(x, axis, 0, size / 2), place.Graph.Apply("Sigmoid", place.Graph.Slice(x, axis, size / 2, size))));
    }

    private static DrawnValue Parametric(PReLU module, DrawnValue value, ModuleTranslation place)
    {
        var slope = place.Parameter("weight", module.weight);
        int behind = Math.Max(0, value.Rank - 2);
        bool isOne = slope.Shape[0] == 1;
        // Along axis 1 of a draw, [B, C, …].
        var constant = place.Constant(slope, "weight", $"in front of {behind} axes", each => each.reshape(
            [.. slope.HasDraws ? new[] { each.shape[0], 1 } : [], isOne ? 1 : each.shape[^1], .. Enumerable.Repeat(1L, behind)]));
        // The operator does not broadcast its input.
        var graph = place.Graph;
        var negative = graph.Multiply(graph.Clip(value.Value, null, 0), constant);
        return new DrawnValue(graph.Add(graph.Apply("Relu", value.Value), negative), value.HasDraws || slope.HasDraws);
    }

    // log(1 + e^(βx)) / β, and x where βx is above the threshold.
    private static GraphValue SmoothRelu(Softplus module, GraphValue x, GraphBuilder graph)
    {
        var scaled = module.beta == 1 ? x : graph.Multiply(x, module.beta);
        var smooth = graph.Apply("Softplus", scaled);
        if (module.beta != 1)
            smooth = graph.Multiply(smooth, 1 / module.beta);
        return graph.Where(graph.Greater(scaled, graph.Number(module.threshold)), x, smooth);
    }
}
