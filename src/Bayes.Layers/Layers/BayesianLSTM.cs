using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Long short-term memory (Hochreiter &amp; Schmidhuber 1997, "Long Short-Term Memory", with the forget gate of Gers, Schmidhuber &amp; Cummins
/// 2000, "Learning to Forget") whose weights are distributions: <c>[B, T, in]</c> → <c>[B, T, hidden]</c>. With the posterior's mean
/// or the weights of one draw it computes what PyTorch's <c>nn.LSTM</c> does.
/// </summary>
/// <remarks>
/// c′ = σ(f) ∘ c + σ(i) ∘ tanh(g) and h′ = σ(o) ∘ tanh(c′), where (i, f, g, o) = W_ih x + b_ih + W_hh h + b_hh. The rows of the weights are in this
/// order.
/// </remarks>
public sealed class BayesianLSTM : BayesianRecurrent
{
    private const int Gates = 4;

    // From this size of the states of a draw, a call takes longer than its overhead.
    private const long LargeState = 1 << 11;

    /// <summary>Creates layers from <paramref name="inputSize"/> features to a state of <paramref name="hiddenSize"/>.</summary>
    /// <param name="inputSize">Number of input features; at least 1.</param>
    /// <param name="hiddenSize">Number of features of a layer's state; at least 1.</param>
    /// <param name="layers">Number of layers, each of which takes the outputs of the one before; at least 1.</param>
    /// <param name="hasBias">Whether biases are added, which are distributions too.</param>
    /// <param name="bidirectional">
    /// Whether each layer also runs over the sequence backwards, with weights of its own. Outputs are then <c>[B, T, 2 · hidden]</c>, those of the
    /// forward direction first.
    /// </param>
    /// <param name="returnsSequence">
    /// Whether the last layer returns its outputs of all steps, <c>[B, T, hidden]</c>, or only its final state, <c>[B, hidden]</c>. The final state
    /// of the backward direction is that of the first step.
    /// </param>
    /// <param name="prior">The prior of weights and biases; N(0, 1) by default.</param>
    /// <param name="biasPrior">The prior of the biases, if it is not that of the weights.</param>
    /// <param name="initializer">
    /// How the posteriors start; <see cref="FanInInitializer"/> of gain 1 by default: mu ~ N(0, 1 / fan-in), sigma a tenth of that spread.
    /// </param>
    /// <param name="device">The device of the parameters; torch's default device by default.</param>
    /// <param name="dtype">The element type of the parameters; torch's default type by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size or the number of layers is below 1.</exception>
    /// <exception cref="ArgumentException">The device is not available, or the type is not floating-point.</exception>
    public BayesianLSTM(
        long inputSize, long hiddenSize, int layers = 1, bool hasBias = true, bool bidirectional = false, bool returnsSequence = true,
        Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null, Device? device = null, ScalarType? dtype = null)
        : base(
            nameof(BayesianLSTM), Gates, inputSize, hiddenSize, layers, hasBias, bidirectional, returnsSequence, prior, biasPrior, initializer,
            device, dtype)
    {
    }

    /// <inheritdoc/>
    private protected override bool HasCell => true;

    /// <inheritdoc/>
    private protected override string NativeName => NativeRecurrence.Lstm;

    /// <inheritdoc/>
    private protected override bool IsNativeFaster(long draws, long rows, long steps) => draws <= steps || rows * HiddenSize >= LargeState;

    /// <inheritdoc/>
    private protected override RecurrentState Step(Tensor fromInput, Tensor fromHidden, RecurrentState state)
    {
        var gates = fromInput.add(fromHidden, Scalars.One).chunk(Gates, -1);
        Tensor written = gates[0].sigmoid().mul(gates[2].tanh());
        var cell = state.Cell is { } kept ? addcmul(written, gates[1].sigmoid(), kept, Scalars.One) : written;
        return new RecurrentState(gates[3].sigmoid().mul(cell.tanh()), cell);
    }
}
