namespace Bayes.Layers.Benchmarks.Work;

/// <summary>What a recurrent layer is timed with.</summary>
/// <param name="Draws">S, the number of drawn networks.</param>
/// <param name="WithGradient">Whether the passes have gradients.</param>
internal sealed record RecurrentUse(int Draws, bool WithGradient)
{
    /// <summary>One pass without a gradient.</summary>
    public static RecurrentUse Forward { get; } = new(1, WithGradient: false);

    /// <summary>One pass forward and backward.</summary>
    public static RecurrentUse ForwardAndBackward { get; } = new(1, WithGradient: true);

    /// <summary>Sixteen passes without gradients.</summary>
    public static RecurrentUse SixteenDraws { get; } = new(16, WithGradient: false);
}
