using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>Reads which inputs the networks use, from the scales that the prior of their first layer has learned.</summary>
internal static class ColumnScales
{
    /// <summary>Returns the scale of each column, the largest first.</summary>
    public static IReadOnlyList<ColumnScale> Of(TabularNetworks networks)
    {
        var encoding = networks.Encoding;
        double[] squares = new double[encoding.FeatureCount];
        foreach (var (index, member) in networks.Ensemble.Members.Index())
        {
            using var scope = NewDisposeScope();
            var first = member.Module!.modules().OfType<BayesianLinear>().First();
            // All weights out of an input have the same scale.
            var scales = ((HorseshoePrior)first.WeightPrior).WeightScales().select(0, 0).contiguous();
            foreach (var (feature, scale) in scales.data<double>().ToArray().Index())
                squares[feature] += networks.Ensemble.Weights[index] * scale * scale;
        }
        var byColumn = encoding.Features.Zip(squares).ToLookup(each => each.First.Column, each => each.Second);
        return [.. encoding.Columns.Select(column => column.Column)
            .Select(column => new ColumnScale(column, byColumn.Contains(column) ? Math.Sqrt(byColumn[column].Average()) : 0))
            .OrderByDescending(each => each.Scale)];
    }
}
