using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Networks;

/// <summary>
/// Runs a network with one row, once before its first pass with drawn weights, to see how weights can be put into it, and to refuse a network whose
/// draws would not be functions.
/// </summary>
internal static class NetworkTrial
{
    // Far above the rounding of another order of operations, and far below the effect of the trial's weights.
    private const double Tolerance = 1e-5;

    private static readonly Scalar Stretch = 1.1;
    private static readonly Scalar Shift = 0.01;

    /// <summary>Determines whether the network sees weights whose native tensors are exchanged, as it sees overwritten ones.</summary>
    /// <param name="network">The network.</param>
    /// <param name="parameters">The parameters that get weights.</param>
    /// <param name="row">An input of one row.</param>
    /// <param name="outputIndex">Zero-based index of the output that is predicted; null for all.</param>
    /// <exception cref="InvalidOperationException">
    /// The network's forward is random in evaluation mode, or changes a parameter.
    /// </exception>
    public static bool Exchanges(nn.Module network, IReadOnlyList<NetworkParameter> parameters, IReadOnlyList<Tensor> row, int? outputIndex)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var evaluation = ModuleMode.Evaluation(network);
        Tensor[] weights = [.. parameters.Select(each => each.Value.mul(Stretch).add_(Shift, Scalars.One))];
        bool mayExchange = WeightSubstitution.CanExchange && parameters.Any(each => each.IsReadByObject);
        var exchanged = Run(isExchanging: mayExchange);
        var overwritten = Run(isExchanging: false);
        if (IsSame(exchanged, overwritten))
            return mayExchange;
        return mayExchange && IsSame(overwritten, Run(isExchanging: false)) ? false
            : throw new InvalidOperationException(
                $"The forward of the {network.GetType().Name} is random in evaluation mode: two passes of a row with the same weights differ by "
                + $"{overwritten.add(exchanged, Scalars.MinusOne).abs().max().ReadDouble():G3}; expected that only the weights are random, "
                + $"so that each draw is one function. Use {nameof(MonteCarloDropout)} for dropout that stays on.");

        Tensor Run(bool isExchanging)
        {
            using var put = WeightSubstitution.Put(parameters, weights, each => isExchanging && each.IsReadByObject);
            var output = NetworkCall.Of(network, [.. row.Select(each => each.clone())], outputIndex);
            foreach (var (parameter, weight) in parameters.Zip(weights))
                if (!parameter.Value.eq(weight).logical_or(weight.isnan()).all().ReadBoolean())
                    throw new InvalidOperationException(
                        $"The forward of the {network.GetType().Name} changes its parameter '{parameter.Name}', but the weights of a draw are fixed; "
                        + "expected a forward that only reads its parameters.");
            return NetworkCall.RequireRows(network, output, rows: 1);
        }
    }

    /// <summary>Determines whether two outputs are equal up to rounding.</summary>
    public static bool IsSame(Tensor first, Tensor second)
    {
        using var scope = NewDisposeScope();
        if (!first.shape.AsSpan().SequenceEqual(second.shape))
            return false;
        Tensor a = first.to(ScalarType.Float64), b = second.to(ScalarType.Float64);
        double scale = a.abs().nan_to_num(0, 0, 0).max().ReadDouble();
        return a.isclose(b, rtol: 0, atol: Tolerance * scale, nanEqual: true).all().ReadBoolean();
    }
}
