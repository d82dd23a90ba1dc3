using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Long short-term memory (Hochreiter &amp; Schmidhuber 1997, "Long Short-Term Memory", with the forget gate of Gers, Schmidhuber &amp; Cummins
/// 2000, "Learning to Forget") whose weights are distributions: <c>[B, T, in]</c> → <c>[B, T, hidden]</c>. With the posterior's mean, and with
/// each draw's weights, it is PyTorch's <c>nn.LSTM</c>.
/// </summary>
/// <remarks>
/// c′ = σ(f) ∘ c + σ(i) ∘ tanh(g) and h′ = σ(o) ∘ tanh(c′), where (i, f, g, o) = W_ih x + b_ih + W_hh h + b_hh, in this order in the rows of
/// the weights.
/// </remarks>
public sealed class BayesianLSTM : BayesianRecurrent
{
    private const int Gates = 4;

    /// <summary>Layers from <paramref name="inputSize"/> features to a state of <paramref name="hiddenSize"/>.</summary>
    /// <param name="inputSize">Features in; at least 1.</param>
    /// <param name="hiddenSize">Features of a layer's state; at least 1.</param>
    /// <param name="layers">How many layers there are, each of which passes over the outputs of the one before; at least 1.</param>
    /// <param name="hasBias">Whether biases, distributions too, are added.</param>
    /// <param name="bidirectional">
    /// Whether each layer passes over the sequence a second time, from its end, with weights of its own: outputs are then
    /// <c>[B, T, 2 · hidden]</c>, the way forth before the way back.
    /// </param>
    /// <param name="returnsSequence">
    /// Whether the last layer's outputs of all steps are returned, <c>[B, T, hidden]</c>; otherwise its final state alone,
    /// <c>[B, hidden]</c>, which of the way back is that of the first step.
    /// </param>
    /// <param name="prior">The prior of weights and biases; N(0, 1) by default.</param>
    /// <param name="biasPrior">The prior of the biases, where it is another than the weights'.</param>
    /// <param name="initializer">
    /// How the posteriors start; <see cref="FanInInitializer"/> of gain 1 by default: mu ~ N(0, 1 / fan-in), sigma a tenth of that spread.
    /// </param>
    /// <param name="device">Where the parameters live; torch's default device by default.</param>
    /// <param name="dtype">Their element type; torch's default type by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size or the number of layers is below 1.</exception>
    /// <exception cref="ArgumentException">The device is not there, or the type is not floating-point.</exception>
    public BayesianLSTM(
        long inputSize, long hiddenSize, int layers = 1, bool hasBias = true, bool bidirectional = false, bool returnsSequence = true,
        Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null, Device? device = null, ScalarType? dtype = null)
        : base(
            nameof(BayesianLSTM), Gates, inputSize, hiddenSize, layers, hasBias, bidirectional, returnsSequence, prior, biasPrior, initializer, device, dtype)
    {
    }

    /// <inheritdoc/>
    private protected override bool HasCell => true;

    /// <inheritdoc/>
    private protected override RecurrentState Step(Tensor fromInput, Tensor fromHidden, RecurrentState state)
    {
        var gates = fromInput.add(fromHidden, Scalars.One).chunk(Gates, -1);
        Tensor written = gates[0].sigmoid().mul(gates[2].tanh());
        var cell = state.Cell is { } kept ? addcmul(written, gates[1].sigmoid(), kept, Scalars.One) : written;
        return new RecurrentState(gates[3].sigmoid().mul(cell.tanh()), cell);
    }
}
