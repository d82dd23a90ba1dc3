using Bayes.Layers.Onnx.Graphs;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation;

/// <summary>Adds drawn functions of distributions to a graph, all of one input.</summary>
/// <param name="graph">The graph.</param>
/// <param name="input">The input, <c>[B, …]</c>.</param>
internal sealed class FunctionTranslation(GraphBuilder graph, GraphValue input)
{
    /// <summary>Adds draws <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> − 1 of a seed.</summary>
    /// <returns><c>[S, B, …]</c>.</returns>
    public GraphValue Draws(FunctionDistribution distribution, long seed, int count, int first, string path)
    {
        if (distribution is Ensemble ensemble)
            return Members(ensemble, seed, count, first, path);
        var model = ModuleOf(distribution);
        // Before anything is drawn, which takes as much memory.
        ModelFile.RequireRoom(sizeof(float) * count * WeightCount(model));
        using var weights = new DrawnWeights(model, seed, count, first);
        return new ModuleTranslation(graph, weights, path).Translate(model, new DrawnValue(input, HasDraws: false))
            .WithDraws(graph, count).Value;
    }

    /// <summary>Returns the module whose weights are the distribution's functions.</summary>
    /// <exception cref="NotSupportedException">The functions are not those of a module.</exception>
    public static nn.Module ModuleOf(FunctionDistribution distribution) =>
        distribution.Module is { } module && FunctionDistribution.Of(module).GetType() == distribution.GetType() && distribution is not Ensemble
            ? module
            : throw new NotSupportedException(
                $"The functions of {distribution} are not those of one network with drawn weights; expected a model"
                + (distribution is Ensemble ? ", or OnnxProduct.Draws of an ensemble." : " or an ensemble of models."));

    /// <summary>Returns the module of the distribution, or of an ensemble's first member.</summary>
    public static nn.Module FirstModuleOf(FunctionDistribution distribution) =>
        distribution is Ensemble ensemble ? FirstModuleOf(ensemble.Members[0]) : ModuleOf(distribution);

    private static long WeightCount(nn.Module model) => model.modules().Prepend(model).Sum(module => module switch
    {
        BayesianLayer layer => layer.weight_mu.numel() + (layer.bias_mu?.numel() ?? 0),
        WeightSpaceModule network => network.RandomParameters.Sum(path => network.PosteriorOf(path).Mean.numel()),
        _ => 0,
    });

    private GraphValue Members(Ensemble ensemble, long seed, int count, int first, string path)
    {
        var shares = ensemble.SharesOf(seed, count, first);
        var values = shares.Select(share => Draws(
            share.Member, share.Seed, share.Draws.Count, share.First, path.Length == 0 ? $"{share.Index}" : $"{path}.{share.Index}")).ToArray();
        if (values.Length == 1)
            return values[0];
        // In the order of the draws.
        int[] places = [.. shares.SelectMany(share => share.Draws)];
        long[] order = [.. Enumerable.Range(0, count).Select(draw => (long)Array.IndexOf(places, draw))];
        return graph.Gather(graph.Concat(values, 0), graph.Integers(order), 0);
    }
}
