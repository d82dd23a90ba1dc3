using Bayes.Layers.Numerics;

namespace Bayes.Layers.Averaging;

/// <summary>
/// How <see cref="Swag"/> makes the draws of a network with batch normalization, whose statistics are computed again for each draw. Immutable.
/// </summary>
public sealed record StoredDrawsOptions
{
    /// <summary>Gets the number of draws, which the model stores; at least 2, and 30 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int Count { get; init => field = (int)Require.Between(value, 2, int.MaxValue, nameof(Count)); } = 30;

    /// <summary>Gets the seed of the draws; 0 by default.</summary>
    public long Seed { get; init; }

    /// <summary>Gets the number of rows of a batch whose statistics are computed at a time; at least 2, and 256 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int BatchSize { get; init => field = (int)Require.Between(value, 2, int.MaxValue, nameof(BatchSize)); } = 256;
}
