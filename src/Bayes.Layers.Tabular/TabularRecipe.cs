namespace Bayes.Layers.Tabular;

/// <summary>The networks of an ensemble and their training, for a number of training rows (docs/tabular.md tells how it was chosen).</summary>
/// <param name="Members">The networks.</param>
/// <param name="Hidden">The units of each hidden layer.</param>
/// <param name="BatchSize">The rows of a step.</param>
/// <param name="Steps">The steps of the training of each network.</param>
/// <param name="LearningRate">Adam's learning rate at the start; it falls to 0 along a cosine.</param>
internal sealed record TabularRecipe(
    IReadOnlyList<MemberRecipe> Members, IReadOnlyList<int> Hidden, int BatchSize, int Steps, double LearningRate)
{
    // Below this number of rows, the posterior of a second hidden layer mostly repeats its prior.
    private const int RowsForTwoLayers = 3_000;

    // From here on, the prior hardly matters, and wider layers fit more.
    private const int RowsForWideLayers = 20_000;

    private static readonly MemberActivation[] LargeActivations = [MemberActivation.Silu, MemberActivation.Relu];
    private static readonly MemberActivation[] SmallActivations = [MemberActivation.Relu, MemberActivation.Tanh];

    /// <summary>Returns the recipe for a table.</summary>
    /// <param name="rows">The number of training rows.</param>
    /// <param name="heads">The ends that the networks can have, in the order in which they are used.</param>
    /// <param name="options">What the caller chose.</param>
    public static TabularRecipe Of(int rows, IReadOnlyList<MemberHead> heads, TabularOptions options)
    {
        bool isLarge = rows >= RowsForTwoLayers;
        var activations = isLarge ? LargeActivations : SmallActivations;
        // The first end with the first activation, the second with the first, the first with the second, and so on.
        MemberHead[] suitable = [.. heads.Where(head => !isLarge || !head.IsForFewRows)];
        var kinds = activations.SelectMany(activation => suitable.Select(head => new MemberRecipe(activation, head))).ToArray();
        int count = options.Members ?? (isLarge ? 4 : 6);
        return new TabularRecipe(
            [.. Enumerable.Range(0, count).Select(index => kinds[index % kinds.Length])],
            options.Hidden ?? (rows >= RowsForWideLayers ? [100, 100] : isLarge ? [50, 50] : [50]),
            Math.Min(rows, options.BatchSize ?? (isLarge ? 128 : 64)),
            options.Steps ?? (rows >= RowsForWideLayers ? 20_000 : isLarge ? 12_000 : 8_000),
            options.LearningRate ?? (isLarge ? 0.02 : 0.03));
    }

    /// <summary>Returns the number of passes over the rows that make about as many steps.</summary>
    public int EpochsFor(int rows) => Math.Max(1, (int)Math.Round(Steps / Math.Ceiling((double)rows / BatchSize)));
}
