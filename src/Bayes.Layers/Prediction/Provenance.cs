using Bayes.Layers.Numerics;

namespace Bayes.Layers.Prediction;

/// <summary>Tells where a prediction comes from: what must be the same for two predictions to be combined.</summary>
/// <param name="Seed">The seed of the draws.</param>
/// <param name="Draws">Their numbers.</param>
/// <param name="Model">Identifies the distribution by its parameters.</param>
/// <param name="Input">Identifies the inputs.</param>
/// <param name="Target">Identifies the targets; null without targets.</param>
/// <param name="Caution">What a reader of the prediction should know, or null.</param>
internal sealed record Provenance(long Seed, DrawRanges Draws, ulong Model, ulong Input, ulong? Target, string? Caution)
{
    /// <summary>Returns the provenance of both predictions together.</summary>
    /// <exception cref="ArgumentException">The predictions cannot be combined.</exception>
    public Provenance With(Provenance other)
    {
        RequireSameModel(other, "each has other draws");
        if (Input != other.Input)
            throw new ArgumentException(
                "The predictions are for different inputs; expected the same inputs, in the same order and of the same type.", nameof(other));
        if (Target is { } ours && other.Target is { } theirs && ours != theirs)
            throw new ArgumentException("The predictions were given different targets; expected the same targets.", nameof(other));
        return this with { Draws = Draws.With(other.Draws), Target = other.Target is null ? null : Target };
    }

    /// <summary>Returns the provenance of the rows of both, with these rows first.</summary>
    /// <exception cref="ArgumentException">They do not rest on the same draws.</exception>
    public Provenance ThenRowsOf(Provenance other)
    {
        RequireSameModel(other, "each has other rows");
        if (!Draws.AreThoseOf(other.Draws))
            throw new ArgumentException(
                $"The predictions rest on draws {Draws} and on draws {other.Draws}; expected the same draws for all rows "
                + "(with a tolerance, predictions may end at different draws).", nameof(other));
        ulong? target = Target is { } ours && other.Target is { } theirs ? Fingerprint.Of(ours, theirs) : null;
        return this with { Input = Fingerprint.Of(Input, other.Input), Target = target };
    }

    private void RequireSameModel(Provenance other, string parts)
    {
        if (Seed != other.Seed)
            throw new ArgumentException($"The predictions have seeds {Seed} and {other.Seed}; expected one seed, of which {parts}.", nameof(other));
        if (Model != other.Model)
            throw new ArgumentException("The predictions are of models with different parameters; expected the same model.", nameof(other));
    }
}
