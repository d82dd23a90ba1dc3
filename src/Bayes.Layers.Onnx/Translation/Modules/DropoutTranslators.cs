using Bayes.Layers.Onnx.Graphs;
using TorchSharp.Modules;

namespace Bayes.Layers.Onnx.Translation.Modules;

/// <summary>Dropout: nothing in evaluation, except for <see cref="MonteCarloDropout"/>, which drops the same units of all rows in a draw.</summary>
internal static class DropoutTranslators
{
    /// <summary>Gets the translators.</summary>
    public static ModuleTranslator[] All { get; } =
    [
        ModuleTranslator.Nothing<Dropout>(), ModuleTranslator.Nothing<Dropout1d>(), ModuleTranslator.Nothing<Dropout2d>(),
        ModuleTranslator.Nothing<Dropout3d>(), ModuleTranslator.Nothing<AlphaDropout>(), ModuleTranslator.Nothing<FeatureAlphaDropout>(),
        ModuleTranslator.Of<MonteCarloDropout>(Drop) with { KeepsShape = true },
    ];

    private static DrawnValue Drop(MonteCarloDropout module, DrawnValue value, ModuleTranslation place)
    {
        if (!place.Weights.DropsUnits || module.Probability == 0)
            return value;
        long?[] row = value.Row;
        int? channels = module.ChannelAxis is { } axis ? axis < 0 ? row.Length + axis : axis : null;
        // The units of one row: of all its places, or of its channels alone.
        var units = row.Skip(1).Select((size, i) => channels is null || channels == i + 1 ? size : 1).ToArray();
        if (units.Any(size => size is null))
            throw place.Refusal(
                module, $"and its input has shape {value.Value.DescribeShape()}, so the number of units that it drops is not known; "
                + "expected OnnxExportOptions.InputShape with all sizes.");
        var masks = place.Weights.Masks(module, [.. units.Select(size => size!.Value)]);
        return new DrawnValue(place.Graph.Multiply(value.Value, place.Constant("mask", masks)), HasDraws: true);
    }
}
