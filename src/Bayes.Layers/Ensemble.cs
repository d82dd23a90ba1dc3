using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Prediction;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// A mixture of distributions over functions: a deep ensemble of plain networks that were trained from different starts (Lakshminarayanan, Pritzel
/// &amp; Blundell 2017, "Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles", §2.4), a mixture of Bayesian models (Wilson
/// &amp; Izmailov 2020, "Bayesian Deep Learning and a Probabilistic Perspective of Generalization", §4), or an ensemble of ensembles.
/// </summary>
/// <remarks>
/// Draw k belongs to a fixed member, whatever the block that it is drawn in: with equal weights the members take turns, and with others each has had
/// its share of the draws so far, to less than one. Each member draws with noise of its own, also if two members are the same model. Members need
/// the same inputs and outputs, not the same architecture.
/// <para>What is deterministic at the front of a member runs once for each block of draws, and not once for all.</para>
/// <para>Does not own its members.</para>
/// </remarks>
/// <example><c>new MonteCarloPredictive(new Ensemble([first, second, third]), likelihood)</c></example>
public sealed class Ensemble : FunctionDistribution
{
    private readonly EnsembleMembers _module;

    /// <summary>Creates an ensemble of networks, plain or Bayesian.</summary>
    /// <param name="networks">The networks, at least one, which stay the caller's.</param>
    /// <param name="weights">How probable each is: above 0, and divided by their sum. Equal by default.</param>
    /// <exception cref="ArgumentException">
    /// There is no network, or not one weight for each; or a plain network has Bayesian layers inside.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is not above 0 and finite.</exception>
    public Ensemble(IEnumerable<nn.Module<Tensor, Tensor>> networks, IEnumerable<double>? weights = null)
        : this((networks ?? throw new ArgumentNullException(nameof(networks))).Select(Of), weights)
    {
    }

    /// <summary>Creates an ensemble of any distributions over functions.</summary>
    /// <param name="members">The members, at least one.</param>
    /// <param name="weights">How probable each is: above 0, and divided by their sum. Equal by default.</param>
    /// <exception cref="ArgumentException">There is no member, or not one weight for each.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is not above 0 and finite.</exception>
    public Ensemble(IEnumerable<FunctionDistribution> members, IEnumerable<double>? weights = null)
    {
        ArgumentNullException.ThrowIfNull(members);
        Members = [.. members];
        foreach (var member in Members)
            ArgumentNullException.ThrowIfNull(member, nameof(members));
        _module = new EnsembleMembers([.. Members.Select(member => member.Module)], weights?.ToArray());
    }

    /// <summary>Gets the members.</summary>
    public IReadOnlyList<FunctionDistribution> Members { get; }

    /// <summary>Gets the weights of the members, which add up to 1.</summary>
    public IReadOnlyList<double> Weights => _module.Weights ?? [.. Enumerable.Repeat(1.0 / Members.Count, Members.Count)];

    /// <summary>Gets a module whose children <c>0</c>, <c>1</c>, … are the members' modules.</summary>
    public override nn.Module Module => _module;

    /// <summary>Gets the number of members times that of each, if weights are equal and each member has the same number; otherwise null.</summary>
    public override int? ExactSamples =>
        _module.Weights is null && Members.Select(member => member.ExactSamples).Distinct().ToArray() is [int each]
        && (long)each * Members.Count <= int.MaxValue ? each * Members.Count : null;

    /// <summary>Gets the cautions of the members, each once; null if they have none.</summary>
    public override string? Caution => Cautions.Join(Members.Select(member => member.Caution));

    /// <inheritdoc/>
    public override ulong Fingerprint()
    {
        ulong all = (ulong)Members.Count;
        foreach (var (member, weight) in Members.Zip(Weights))
            all = Numerics.Fingerprint.Of(all, Numerics.Fingerprint.Of(member.Fingerprint(), BitConverter.DoubleToUInt64Bits(weight)));
        return all;
    }

    /// <summary>
    /// Returns which draws of a seed belong to which member, and their names there, for programs that draw from the members themselves.
    /// </summary>
    /// <param name="seed">The seed.</param>
    /// <param name="count">S, how many draws; at least 1.</param>
    /// <param name="first">The number of the first draw; at least 0.</param>
    /// <returns>The members that have draws, in order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public IReadOnlyList<EnsembleShare> SharesOf(long seed, int count, int first = 0)
    {
        Require.FirstDraw(first, (int)Require.Positive(count));
        var shares = SharesOf(count, first);
        return [.. Members.Select((member, i) =>
            new EnsembleShare(i, member, SeedOf(seed, i), shares.Before(i), shares.Of(i, 0, count).Places)).Where(share => share.Draws.Count > 0)];
    }

    /// <summary>Describes the members, with their weights if these are not equal.</summary>
    public override string ToString() => _module.Weights is not { } weights
        ? $"Ensemble({string.Join(", ", Members)})"
        : $"Ensemble({string.Join(", ", Members.Zip(weights, (member, weight) => FormattableString.Invariant($"{weight:g3} {member}")))})";

    /// <inheritdoc/>
    protected override FunctionDraws DrawNamed(long seed, int count, int first)
    {
        var shares = SharesOf(count, first);
        return EnsembleDraws.Of(shares, 0, count, Enumerable.Range(0, Members.Count), (member, _, own) =>
            (Members[member].Draw(SeedOf(seed, member), own, shares.Before(member)), null));
    }

    internal override FunctionSampler Prepare(NetworkInput input, DrawRequest request) => new EnsembleSampler(
        SharesOf(request.Count, request.First), request.Count, Members.Count,
        (member, own, before) => Members[member].Prepare(
            input, new DrawRequest(SeedOf(request.Seed, member), own, before, request.Budget.Share(Members.Count))));

    internal override void RequireFits(Likelihood likelihood)
    {
        foreach (var member in Members)
            member.RequireFits(likelihood);
    }

    internal override nn.Module RequireSavable()
    {
        foreach (var member in Members)
            member.RequireSavable();
        return Module;
    }

    internal override bool IsSingleExample(ReadOnlySpan<long> shape)
    {
        foreach (var member in Members)
            if (member.IsSingleExample(shape))
                return true;
        return false;
    }

    private DrawShares SharesOf(int count, int first) => DrawShares.Of(_module.Weights, Members.Count, first, count);

    // Members of one architecture would share their noise under one seed.
    private static long SeedOf(long seed, int member) => unchecked((long)Numerics.Fingerprint.Of((ulong)seed, (ulong)member));
}
