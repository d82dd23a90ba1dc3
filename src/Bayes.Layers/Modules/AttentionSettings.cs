namespace Bayes.Layers.Modules;

/// <summary>What attention does besides its weights.</summary>
/// <param name="Heads">Number of heads.</param>
/// <param name="Dropout">The probability that a weight of the attention is dropped in training mode.</param>
/// <param name="IsCausal">Whether query t attends only to the keys 0 to t.</param>
/// <param name="SequenceFirst">Whether inputs are <c>[T, B, size]</c>.</param>
internal sealed record AttentionSettings(long Heads, double Dropout, bool IsCausal, bool SequenceFirst)
{
    /// <summary>Returns the settings as in the descriptions of modules.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"num_heads={Heads}, dropout={Dropout}, causal={IsCausal}, sequence_first={SequenceFirst}");
}
