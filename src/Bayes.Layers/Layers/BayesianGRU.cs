using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Gated recurrent units (Cho et al. 2014, "Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine
/// Translation") whose weights are distributions: <c>[B, T, in]</c> → <c>[B, T, hidden]</c>. With the posterior's mean or the
/// weights of one draw it computes what PyTorch's <c>nn.GRU</c> does.
/// </summary>
/// <remarks>
/// h′ = (1 − z) ∘ n + z ∘ h with r = σ(W_ir x + b_ir + W_hr h + b_hr), z likewise, and n = tanh(W_in x + b_in + r ∘ (W_hn h + b_hn)). As in PyTorch,
/// the reset gate multiplies the product and not the state. The rows of the weights are in the order r, z, n.
/// </remarks>
public sealed class BayesianGRU : BayesianRecurrent
{
    private const int Gates = 3;

    // libtorch runs each step of each draw as a dozen operations. From this size of the states of a draw, these take longer than their overhead.
    private const long LargeState = 1 << 13;

    /// <summary>Creates layers from <paramref name="inputSize"/> features to a state of <paramref name="hiddenSize"/>.</summary>
    /// <inheritdoc cref="BayesianLSTM(long, long, int, bool, bool, bool, Prior?, Prior?, PosteriorInitializer?, Device?, ScalarType?)"/>
    public BayesianGRU(
        long inputSize, long hiddenSize, int layers = 1, bool hasBias = true, bool bidirectional = false, bool returnsSequence = true,
        Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null, Device? device = null, ScalarType? dtype = null)
        : base(
            nameof(BayesianGRU), Gates, inputSize, hiddenSize, layers, hasBias, bidirectional, returnsSequence, prior, biasPrior, initializer,
            device, dtype)
    {
    }

    /// <inheritdoc/>
    private protected override bool HasCell => false;

    /// <inheritdoc/>
    private protected override string NativeName => NativeRecurrence.Gru;

    /// <inheritdoc/>
    private protected override bool IsNativeFaster(long draws, long rows, long steps) => draws == 1 || rows * HiddenSize >= LargeState;

    /// <inheritdoc/>
    private protected override RecurrentState Step(Tensor fromInput, Tensor fromHidden, RecurrentState state)
    {
        Tensor[] input = fromInput.chunk(Gates, -1), hidden = fromHidden.chunk(Gates, -1);
        var reset = input[0].add(hidden[0], Scalars.One).sigmoid();
        var update = input[1].add(hidden[1], Scalars.One).sigmoid();
        var proposed = addcmul(input[2], reset, hidden[2], Scalars.One).tanh();
        return new RecurrentState(proposed.lerp(state.Hidden, update));
    }
}
