namespace Bayes.Layers;

/// <summary>Where a prediction comes from: what has to be the same for two predictions to be put together.</summary>
/// <param name="Seed">The seed of the draws.</param>
/// <param name="Draws">Their numbers.</param>
/// <param name="Model">Tells the model's parameters from others.</param>
/// <param name="Input">Tells the inputs from others.</param>
/// <param name="Target">Tells the targets from others; none without targets.</param>
internal sealed record Provenance(long Seed, DrawNumbers Draws, ulong Model, ulong Input, ulong? Target)
{
    /// <summary>That of both predictions together.</summary>
    /// <exception cref="ArgumentException">They do not belong together.</exception>
    public Provenance With(Provenance other)
    {
        if (Seed != other.Seed)
            throw new ArgumentException($"The predictions have seeds {Seed} and {other.Seed}; expected one seed, of which each has other draws.", nameof(other));
        if (Model != other.Model)
            throw new ArgumentException("The predictions are of models with different parameters; expected the same model.", nameof(other));
        if (Input != other.Input)
            throw new ArgumentException("The predictions are for different inputs; expected the same inputs, in the same order and of the same type.", nameof(other));
        if (Target is { } ours && other.Target is { } theirs && ours != theirs)
            throw new ArgumentException("The predictions were given different targets; expected the same targets.", nameof(other));
        return this with { Draws = Draws.With(other.Draws), Target = other.Target is null ? null : Target };
    }
}
