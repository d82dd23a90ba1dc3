namespace Bayes.Layers.Prediction;

/// <summary>Draws functions of an ensemble's members, each from a sampler of its own.</summary>
/// <remarks>Owns the samplers.</remarks>
internal sealed class EnsembleSampler : FunctionSampler
{
    private readonly DrawShares _shares;
    private readonly SortedDictionary<int, (int Count, FunctionSampler Sampler)> _members = [];

    /// <summary>Creates a sampler.</summary>
    /// <param name="shares">Which of the prediction's draws are whose.</param>
    /// <param name="count">S, how many draws there are.</param>
    /// <param name="members">How many members.</param>
    /// <param name="prepare">Prepares a member, with the number of its draws and that of the first.</param>
    public EnsembleSampler(DrawShares shares, int count, int members, Func<int, int, int, FunctionSampler> prepare)
    {
        _shares = shares;
        try
        {
            for (int member = 0; member < members; member++)
                if (shares.Of(member, 0, count).Places.Length is > 0 and var own)
                    _members.Add(member, (own, prepare(member, own, shares.Before(member))));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override long BytesPerDraw => Samplers.Max(sampler => sampler.BytesPerDraw);

    public override long BytesPerRow => Samplers.Max(sampler =>
        sampler.BytesPerRow + (sampler.Front is { } front ? front.BytesPerRow + front.BytesKeptPerRow : 0));

    public override long SharedBytes => Samplers.Sum(sampler => sampler.SharedBytes);

    public override bool IsOnCpu => Samplers.All(sampler => sampler.IsOnCpu);

    public override bool AllowsThreads => Samplers.All(sampler => sampler.AllowsThreads);

    public override bool UsesDrawsOnce => Samplers.All(sampler => sampler.UsesDrawsOnce);

    public override bool IsWorthThreads(int draws, long rows) => _members.Values.Any(each => each.Sampler.IsWorthThreads(each.Count, rows));

    public override void Share()
    {
        foreach (var sampler in Samplers)
            sampler.Share();
    }

    public override FunctionDraws Block(int offset, int count, bool isReused) => EnsembleDraws.Of(
        _shares, offset, count, _members.Keys, (member, before, own) =>
        {
            var sampler = _members[member].Sampler;
            return (sampler.Block(before, own, isReused), sampler.Front);
        });

    public override void Dispose()
    {
        foreach (var sampler in Samplers)
            sampler.Dispose();
    }

    private IEnumerable<FunctionSampler> Samplers => _members.Values.Select(each => each.Sampler);
}
