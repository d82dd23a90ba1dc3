using Bayes.Layers.Numerics;

namespace Bayes.Layers.Ensembles;

/// <summary>The options of <see cref="EnsembleTraining"/>. Immutable.</summary>
public sealed record EnsembleTrainingOptions
{
    /// <summary>
    /// Gets the most members that are trained at a time; at least 1. Null, the default, means as many as torch may use threads
    /// (<c>torch.set_num_threads</c>). It does not change the members.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int? MembersAtATime
    {
        get;
        init => field = value is { } members ? (int)Require.Positive(members, nameof(MembersAtATime)) : null;
    }

    /// <summary>
    /// Gets whether training draws from torch's global generator, which all threads share, so that members are trained one at a time, each after the
    /// generator was seeded for it. Null, the default, means: if a network has dropout. Set it to true for a training that draws from it elsewhere;
    /// otherwise such a training is refused.
    /// </summary>
    public bool? UsesGlobalGenerator { get; init; }
}
