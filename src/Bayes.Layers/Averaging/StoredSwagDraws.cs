using Bayes.Layers.Modules;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers.Averaging;

/// <summary>
/// Makes a fixed number of draws of a network with batch normalization, computes the statistics of each draw from the training inputs, and folds them
/// into the draw's scales and shifts: γ' = γ √((v₀ + ε) / (v + ε)) and β' = β − γ (m − m₀) / √(v + ε) normalize with the statistics m₀ and v₀ of the
/// mean weights as γ and β do with the draw's own, m and v.
/// </summary>
internal static class StoredSwagDraws
{
    /// <summary>Makes the model.</summary>
    /// <param name="network">The network, whose parameters are the mean weights.</param>
    /// <param name="weights">The random parameters with their posteriors.</param>
    /// <param name="statistics">The modules that normalize over the batch.</param>
    /// <param name="input">The training inputs.</param>
    /// <param name="options">How many draws, and their seed.</param>
    /// <param name="copy">Makes another instance of the network, or null.</param>
    public static WeightSpaceModule Of(
        nn.Module network, IReadOnlyList<(NetworkParameter Parameter, WeightPosterior Posterior)> weights,
        IReadOnlyList<BatchStatistics> statistics, NetworkInput input, StoredDrawsOptions options, Func<nn.Module>? copy)
    {
        RequireRows(input);
        using var scope = NewDisposeScope();
        Tensor[] means = [.. weights.Select(each => each.Parameter.Value.detach().clone())];
        Tensor[] drawn = [.. weights.Select(each => each.Posterior.DrawNamed(
            new NamedDraws(options.Seed, 0, options.Count, _ => NamedNormals.Stream($"{each.Parameter.Name}_{WeightPosterior.MeanName}")),
            stddev: null))];
        (int Scale, int Shift)[] affine = [.. statistics.Select(each => (IndexOf(each.ScaleName), IndexOf(each.ShiftName)))];
        using var evaluation = ModuleMode.Evaluation(network);
        try
        {
            Refresh();
            var ofMeans = statistics.Select(each => each.Copy()).ToArray();
            for (int draw = 0; draw < options.Count; draw++)
            {
                using var each = NewDisposeScope();
                Put(Array.ConvertAll(drawn, values => values[draw]));
                Refresh();
                foreach (var (i, (scale, shift)) in affine.Index())
                {
                    var folded = statistics[i].Folded(drawn[scale][draw], drawn[shift][draw], ofMeans[i]);
                    drawn[scale][draw].copy_(folded.Scale);
                    drawn[shift][draw].copy_(folded.Shift);
                }
            }
            foreach (var (each, ofMean) in statistics.Zip(ofMeans))
                each.Put(ofMean);
        }
        finally
        {
            Put(means);
        }
        return StoredDraws.Of(
            network, [.. weights.Zip(drawn, (each, draws) => (each.Parameter, draws))], _ => NormalPrior.Standard, output: null, copy);

        void Put(Tensor[] values)
        {
            foreach (var (each, value) in weights.Zip(values))
                each.Parameter.Value.copy_(value);
        }

        void Refresh() => BatchStatistics.Refresh(
            statistics, input, options.BatchSize, rows => NetworkCall.Of(network, rows.Tensors));

        int IndexOf(string name)
        {
            for (int i = 0; i < weights.Count; i++)
                if (weights[i].Parameter.Name == name)
                    return i;
            throw new InvalidOperationException(
                $"'{name}' is shared with another module, but the statistics of a draw are its own; expected normalizations with scales and shifts "
                + "of their own.");
        }
    }

    private static void RequireRows(NetworkInput input)
    {
        input.RequireBatch();
        if (input.Rows < 2)
            throw new ArgumentException($"The input has {input.Rows} row, which has no variance; expected at least 2 rows.", nameof(input));
        foreach (var (index, tensor) in input.Tensors.Index())
            if (tensor.is_floating_point())
                Require.AllFinite(tensor, input.NameOf(index));
    }
}
