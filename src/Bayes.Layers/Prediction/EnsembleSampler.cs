namespace Bayes.Layers.Prediction;

/// <summary>Draws functions of an ensemble's members, each from a sampler of its own.</summary>
/// <remarks>Owns the samplers.</remarks>
internal sealed class EnsembleSampler : FunctionSampler
{
    private readonly DrawShares _shares;
    private readonly (int Member, int Count, FunctionSampler Sampler)[] _members;

    /// <summary>Creates a sampler.</summary>
    /// <param name="shares">Which of the prediction's draws are whose.</param>
    /// <param name="count">S, how many draws there are.</param>
    /// <param name="members">How many members.</param>
    /// <param name="prepare">Prepares a member, with the number of its draws and that of the first.</param>
    public EnsembleSampler(DrawShares shares, int count, int members, Func<int, int, int, FunctionSampler> prepare)
    {
        _shares = shares;
        var made = new List<(int, int, FunctionSampler Sampler)>();
        try
        {
            for (int member = 0; member < members; member++)
                if (shares.Of(member, 0, count).Places.Length is > 0 and var own)
                    made.Add((member, own, prepare(member, own, shares.Before(member))));
        }
        catch
        {
            foreach (var (_, _, sampler) in made)
                sampler.Dispose();
            throw;
        }
        _members = [.. made];
    }

    public override long BytesPerDraw => Samplers.Max(sampler => sampler.BytesPerDraw);

    public override long BytesPerRow => Samplers.Max(sampler =>
        sampler.BytesPerRow + (sampler.Front is { } front ? front.BytesPerRow + front.BytesKeptPerRow : 0));

    public override long SharedBytes => Samplers.Sum(sampler => sampler.SharedBytes);

    public override bool IsOnCpu => Samplers.All(sampler => sampler.IsOnCpu);

    public override bool AllowsThreads => Samplers.All(sampler => sampler.AllowsThreads);

    public override bool UsesDrawsOnce => Samplers.All(sampler => sampler.UsesDrawsOnce);

    public override bool IsWorthThreads(int draws, long rows) => _members.Any(each => each.Sampler.IsWorthThreads(each.Count, rows));

    public override void Share()
    {
        foreach (var sampler in Samplers)
            sampler.Share();
    }

    public override FunctionDraws Block(int offset, int count, bool isReused)
    {
        var parts = new List<EnsembleDraws.Part>();
        foreach (var (member, _, sampler) in _members)
            if (_shares.Of(member, offset, count) is (var before, { Length: > 0 } places))
                parts.Add(new(member, sampler.Block(before, places.Length, isReused), sampler.Front, places));
        return new EnsembleDraws(parts);
    }

    public override void Dispose()
    {
        foreach (var sampler in Samplers)
            sampler.Dispose();
    }

    private IEnumerable<FunctionSampler> Samplers => _members.Select(each => each.Sampler);
}
