using static TorchSharp.torch;

namespace Bayes.Layers.Conformal;

/// <summary>A number for each class of a row that says how badly it fits the predicted probabilities. Derive from it for another.</summary>
public abstract class ClassScore
{
    /// <summary>
    /// Gets 1 − p of the class, for sets of all classes with at least a certain probability: the smallest sets on average (Sadinle, Lei &amp;
    /// Wasserman 2019, "Least Ambiguous Set-Valued Classifiers With Bounded Error Levels"). A hard row may have an empty set.
    /// </summary>
    public static ClassScore Threshold { get; } = new ProbabilityThreshold();

    /// <summary>
    /// Gets the sum of the probabilities of the class and of all more probable ones, for sets that grow with the row's uncertainty (Romano, Sesia
    /// &amp; Candès 2020, "Classification with Valid and Adaptive Coverage", §2.1, without randomization): larger on average, with a coverage that
    /// varies less between easy and hard rows, and is above the one asked for.
    /// </summary>
    public static ClassScore AdaptiveSets { get; } = new AdaptiveSets(isRandomized: false);

    /// <summary>
    /// Gets the adaptive sets with randomization, of which the class's own probability counts only in part, u · p with a uniform u for each row
    /// (Romano, Sesia &amp; Candès 2020, equation 5): smaller sets, with exactly the coverage. The seed of u is
    /// <see cref="ConformalClassificationOptions.Seed"/>.
    /// </summary>
    public static ClassScore RandomizedAdaptiveSets { get; } = new AdaptiveSets(isRandomized: true);

    /// <summary>Returns the score of each class of each row.</summary>
    /// <param name="probability">Probabilities of all classes, <c>[N, C]</c>, in double precision; also of two classes.</param>
    /// <param name="uniform">A number in (0, 1) for each row, <c>[N]</c>, for scores with randomization.</param>
    /// <returns><c>[N, C]</c>, which belongs to the caller's dispose scope.</returns>
    public abstract Tensor Of(Tensor probability, Tensor uniform);
}
