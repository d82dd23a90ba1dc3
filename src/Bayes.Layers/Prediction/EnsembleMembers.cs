using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>
/// Holds the networks of an ensemble as children <c>0</c>, <c>1</c>, … of one module, for <c>to</c>, <c>parameters</c> and checkpoints.
/// </summary>
/// <remarks>Does not own the networks.</remarks>
internal sealed class EnsembleMembers : nn.Module<Tensor, Tensor>
{
    private readonly bool _isMade;
    private bool _isEnding;

    /// <summary>Creates a module that holds networks.</summary>
    /// <param name="networks">The networks, at least one; null in the place of a member that is not one.</param>
    /// <param name="weights">The weights of the members; null if they are equal.</param>
    /// <exception cref="ArgumentException">There is no member, or not one weight for each.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is not above 0 and finite.</exception>
    public EnsembleMembers(IReadOnlyList<nn.Module?> networks, IReadOnlyList<double>? weights) : base(nameof(Ensemble))
    {
        if (networks.Count == 0)
            throw new ArgumentException("There are 0 members; expected at least one.", "members");
        Weights = weights is null ? null : Normalized(weights, networks.Count);
        foreach (var (index, network) in networks.Index())
            if (network is not null)
                register_module(index.ToString(), network);
        _isMade = true;
    }

    /// <summary>Gets the weights of the members, which add up to 1, or null if they are equal.</summary>
    public IReadOnlyList<double>? Weights { get; }

    /// <inheritdoc/>
    public override IEnumerable<(string name, nn.Module module)> named_modules() => _isEnding ? [] : base.named_modules();

    /// <summary>Returns the ensemble of the networks, each of which is a network or an ensemble itself.</summary>
    public Ensemble ToEnsemble() => new(children().Select(FunctionDistribution.Of), Weights);

    /// <summary>Always throws: an ensemble has no output of its own.</summary>
    public override Tensor forward(Tensor input) =>
        throw new NotSupportedException("An ensemble has no output of its own; predict with a MonteCarloPredictive of it.");

    /// <summary>Frees the module's own native part, also if the module is finalized and not disposed: TorchSharp would leak it.</summary>
    protected override void Dispose(bool disposing)
    {
        // TorchSharp's modules dispose their children.
        _isEnding = true;
        base.Dispose(disposing || _isMade);
    }

    private static IReadOnlyList<double> Normalized(IReadOnlyList<double> weights, int members)
    {
        // Weights that add up to 1 up to rounding stay as they are, so that a loaded ensemble equals the saved one.
        const double rounding = 1e-12;
        if (weights.Count != members)
            throw new ArgumentException($"There are {weights.Count} weights for {members} members; expected one for each.", nameof(weights));
        foreach (double weight in weights)
            Require.PositiveAndFinite(weight, nameof(weights));
        double sum = weights.Sum();
        return Math.Abs(sum - 1) < rounding ? weights
            : double.IsFinite(sum) ? [.. weights.Select(weight => weight / sum)]
            : throw new ArgumentOutOfRangeException(nameof(weights), sum, $"The weights add up to {sum}; expected a finite sum.");
    }
}
