using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Adds a learned vector for each step of a sequence, whose numbers are distributions, so that attention knows the order: <c>[B, T, size]</c> →
/// <c>[B, T, size]</c> for T up to a maximum (Gehring et al. 2017, "Convolutional Sequence to Sequence Learning", §3.1).
/// </summary>
/// <remarks>The vectors are the weight <c>[maximum, size]</c> of the <see cref="BayesianEmbedding"/> child <c>positions</c>.</remarks>
public sealed class BayesianPositionalEmbedding : BayesianModule
{
    internal const string PositionsKey = "positions";

    // The key in state_dict.
    private readonly BayesianEmbedding positions;

    /// <summary>Creates vectors for sequences of up to <paramref name="maximumSteps"/> steps.</summary>
    /// <param name="maximumSteps">The largest number of steps; at least 1.</param>
    /// <param name="size">Number of features; at least 1.</param>
    /// <param name="prior">The prior of the vectors; N(0, 1) by default.</param>
    /// <param name="initializer">
    /// How the posterior starts; <see cref="FanInInitializer"/> of gain 1 by default: mu ~ N(0, 1 / fan-in), sigma a tenth of that spread.
    /// </param>
    /// <param name="device">The device of the parameters; torch's default device by default.</param>
    /// <param name="dtype">The element type of the parameters; torch's default type by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    /// <exception cref="ArgumentException">The device is not available, or the type is not floating-point.</exception>
    public BayesianPositionalEmbedding(
        long maximumSteps, long size, Prior? prior = null, PosteriorInitializer? initializer = null, Device? device = null, ScalarType? dtype = null)
        : this(new BayesianEmbedding(Require.Positive(maximumSteps), Require.Positive(size), prior, initializer, device, dtype))
    {
    }

    /// <summary>Creates the module around its vectors, which it then owns.</summary>
    internal BayesianPositionalEmbedding(BayesianEmbedding positions) : base(nameof(BayesianPositionalEmbedding))
    {
        if (positions.PaddingIndex is { } padding)
            throw new ArgumentException($"The vectors of positions have the padding index {padding}; expected none.", nameof(positions));
        this.positions = positions;
        RegisterComponents();
    }

    /// <summary>Gets the largest number of steps.</summary>
    public long MaximumSteps => Positions.Count;

    /// <summary>Gets the number of features.</summary>
    public long Size => Positions.Size;

    internal BayesianEmbedding Positions => positions;

    /// <inheritdoc/>
    public override Tensor Propagate(Tensor input, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        if (input.ndim != 4 || input.shape[2] is var steps && (steps == 0 || steps > MaximumSteps) || input.shape[3] != Size)
            throw new ArgumentException(
                $"The input has shape {Shapes.Describe(input.shape.AsSpan(Math.Min(1, (int)input.ndim)))}; expected [batch, steps, {Size}] with 1 to "
                + $"{MaximumSteps} steps.", nameof(input));
        using var scope = NewDisposeScope();
        // One lookup serves all rows, unless each row has weights of its own.
        long rows = pass.Estimator.RowsShareFunctions ? 1 : input.shape[1];
        var indices = arange(input.shape[2], ScalarType.Int64, input.device).expand(1, rows, input.shape[2]);
        return input.add(Positions.PropagateInAnyLayout(indices, pass), Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>Determines whether the input is a single sequence <c>[T, size]</c>.</summary>
    /// <inheritdoc/>
    protected internal override bool IsSingleExample(ReadOnlySpan<long> shape) => shape.Length == 2;

    /// <inheritdoc/>
    protected internal override string Describe() => $"{MaximumSteps}, {Size}";
}
