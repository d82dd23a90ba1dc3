using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Makes a distribution over functions from stored draws of a network's weights, such as those of a sampler: each draw is one function, all are
/// equally likely, and a prediction with as many draws as are stored is exact.
/// </summary>
public static class StoredDraws
{
    /// <summary>Gives a network stored draws of its parameters.</summary>
    /// <param name="network">The network, which the result owns. Its parameters become the means of the draws.</param>
    /// <param name="draws">
    /// K draws of each parameter, <c>[K, …shape]</c>, by its path in the network's <c>state_dict</c>. They are copied, and converted to the
    /// parameter's type and device. A parameter that is not listed stays as it is.
    /// </param>
    /// <param name="prior">The prior that the draws were made with, which a report shows; N(0, 1) by default.</param>
    /// <param name="output">Zero-based index of the output that is predicted, if the network returns a tuple; null for all.</param>
    /// <param name="copy">Makes another instance of the network, for predictions on several threads; null for none.</param>
    /// <returns>A module that the caller disposes.</returns>
    /// <exception cref="ArgumentException">
    /// There are no draws, the parameters have different numbers of draws, or a name, a shape or a number does not fit.
    /// </exception>
    /// <example><c>var model = StoredDraws.Of(network, new Dictionary&lt;string, Tensor&gt; { ["0.weight"] = weights });</c></example>
    public static WeightSpaceModule Of(
        nn.Module network, IReadOnlyDictionary<string, Tensor> draws, Prior? prior = null, int? output = null, Func<nn.Module>? copy = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(draws);
        if (draws.Count == 0)
            throw new ArgumentException("There are no draws; expected those of at least one parameter.", nameof(draws));
        NetworkCall.Require(network, output);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var parameters = NetworkParameter.Of(network).ToDictionary(parameter => parameter.Name);
        int count = (int)(draws.Values.First() is { ndim: > 0 } first ? first.shape[0] : 0);
        var family = new StoredFamily(count);
        var checkedDraws = draws.Select(each => (Parameter: Find(each.Key), Draws: Checked(each.Key, each.Value))).ToArray();
        return Of(network, checkedDraws, _ => prior ?? NormalPrior.Standard, output, copy);

        NetworkParameter Find(string name) => parameters.GetValueOrDefault(name) ?? throw new ArgumentException(
            $"The {network.GetType().Name} has no parameter '{name}'; expected one of "
            + $"{string.Join(", ", parameters.Keys.Select(each => $"'{each}'"))}.",
            nameof(draws));

        Tensor Checked(string name, Tensor values)
        {
            var weight = parameters[name].Value;
            if (values.ndim == 0 || !values.shape.AsSpan().SequenceEqual([count, .. weight.shape]))
                throw new ArgumentException(
                    $"The draws of '{name}' have shape {Shapes.Describe(values.shape)}; expected {Shapes.Describe([count, .. weight.shape])}, "
                    + $"{count} draws as of the first parameter.", nameof(draws));
            Numerics.Require.AllFinite(values, $"A draw of '{name}'");
            return values;
        }
    }

    /// <summary>Gives a network stored draws that are known to fit.</summary>
    /// <param name="network">The network, which the result owns.</param>
    /// <param name="draws">The parameters with their draws, <c>[K, …shape]</c>, which are copied.</param>
    /// <param name="prior">Returns the prior of a parameter.</param>
    /// <param name="output">Zero-based index of the output that is predicted; null for all.</param>
    /// <param name="copy">Makes another instance of the network, or null.</param>
    internal static WeightSpaceModule Of(
        nn.Module network, IReadOnlyList<(NetworkParameter Parameter, Tensor Draws)> draws, Func<NetworkParameter, Prior> prior, int? output,
        Func<nn.Module>? copy)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return new WeightSpaceModule(network, draws.Select(Start).ToArray(), last: null, copy, output);

        NetworkStart Start((NetworkParameter Parameter, Tensor Draws) each)
        {
            var weight = each.Parameter.Value;
            weight.copy_(each.Draws.mean([0L], type: ScalarType.Float64));
            var kept = each.Draws.detach().to(weight.dtype).to(weight.device).contiguous().clone();
            return new NetworkStart(
                each.Parameter, prior(each.Parameter), new StoredFamily((int)each.Draws.shape[0]), [kept.MoveToOuterDisposeScope()],
                InitialLogStddev: null, FixedRow: null);
        }
    }
}
