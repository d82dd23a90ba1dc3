using Bayes.Layers.Numerics;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers.Sampling;

/// <summary>The options that all samplers share. Immutable.</summary>
public abstract record SamplerOptions
{
    private protected SamplerOptions()
    {
    }

    /// <summary>Gets the prior of every parameter; N(0, 1) by default. A prior that learns is refused: a sampler needs a fixed one.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public Prior Prior { get; init => field = value ?? throw new ArgumentNullException(nameof(Prior)); } = NormalPrior.Standard;

    /// <summary>
    /// Gets the function that returns the prior of a parameter, given its path such as <c>0.weight</c>; null, or a function that returns null, means
    /// <see cref="Prior"/>.
    /// </summary>
    public Func<string, Prior?>? PriorOf { get; init; }

    /// <summary>
    /// Gets T, with which the density is raised to the power 1 / T; above 0. 1, the default, is Bayes' rule; below 1 is a cold posterior (Wenzel et
    /// al. 2020, "How Good is the Bayes Posterior in Deep Neural Networks Really?", equation 1).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double Temperature { get; init => field = Require.PositiveAndFinite(value, nameof(Temperature)); } = 1;

    /// <summary>Gets the seed, 0 by default: the same seed gives the same draws to the bit.</summary>
    public long Seed { get; init; }

    /// <summary>Gets k, if every k-th draw is kept; at least 1, the default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int Thinning { get; init => field = (int)Require.Positive(value, nameof(Thinning)); } = 1;

    /// <summary>
    /// Gets the most draws of a chain that are kept; at least 1, and 1,000 by default. When there are more, every second one is dropped, and from
    /// then on half as many are kept.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int MaximumDraws { get; init => field = (int)Require.Positive(value, nameof(MaximumDraws)); } = 1000;

    /// <summary>Gets the memory that the kept draws of all chains may take; 256 MiB by default. It lowers <see cref="MaximumDraws"/>.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public MemoryBudget Budget { get; init => field = value ?? throw new ArgumentNullException(nameof(Budget)); } =
        MemoryBudget.FromMebibytes(256);

    /// <summary>Gets the rows at which the outputs of the draws are compared between chains; null, the default, for 16 rows of the inputs.</summary>
    public NetworkInput? DiagnosticInputs { get; init; }

    /// <summary>
    /// Gets the zero-based index of the output that the likelihood is of, if the network returns a tuple; null, the default, for all.
    /// </summary>
    public int? Output { get; init; }

    /// <summary>
    /// Gets the function that makes another instance of the network, with any weights; null by default. With it, chains and predictions with a
    /// network that is not fully connected run on several threads.
    /// </summary>
    public Func<nn.Module>? Copy { get; init; }

    /// <summary>Returns the most draws of a chain that the options and the memory allow.</summary>
    /// <exception cref="ArgumentException">Not one draw fits.</exception>
    internal int MostDraws(long bytesPerDraw, int chains) => Budget.Bytes / Math.Max(1, bytesPerDraw * chains) is > 0 and var fitting
        ? (int)Math.Min(MaximumDraws, fitting)
        : throw new ArgumentException(
            $"A draw takes {bytesPerDraw} bytes, and {chains} of them do not fit into the budget of {Budget.Bytes}; expected a larger Budget.",
            "options");
}
