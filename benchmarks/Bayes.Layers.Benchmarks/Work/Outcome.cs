using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>What a network predicts, in this library and by hand.</summary>
/// <param name="Likelihood">p(y | f).</param>
/// <param name="Expectations">E[y | f], or the probabilities of classes, from the outputs, by hand.</param>
/// <param name="Targets">Makes targets of a number of rows.</param>
/// <param name="NegativeLogLikelihood">The mean of −log p(y | f) over the batch, of outputs and targets, by hand.</param>
internal sealed record Outcome(
    Likelihood Likelihood, Func<Tensor, Tensor> Expectations, Func<long, Device, Tensor> Targets, Func<Tensor, Tensor, Tensor> NegativeLogLikelihood)
{
    private const int ClassCount = 10;
    private const double HalfOfLogTwoPi = 0.918938533204672742;

    /// <summary>One of two classes; the network's output is the probability.</summary>
    public static Outcome Probability { get; } = new(
        new BernoulliLikelihood(BernoulliOutput.Probabilities), outputs => outputs,
        (rows, device) => randint(0, 2, [rows, 1], ScalarType.Float32, device),
        (output, target) => functional.binary_cross_entropy(output, target));

    /// <summary>One of ten classes.</summary>
    public static Outcome Class { get; } = new(
        new CategoricalLikelihood(), outputs => outputs.softmax(-1), (rows, device) => randint(0, ClassCount, [rows], ScalarType.Int64, device),
        (output, target) => functional.cross_entropy(output, target));

    /// <summary>A number with N(0, 1) noise.</summary>
    public static Outcome Number { get; } = new(
        new GaussianLikelihood(1), outputs => outputs, (rows, device) => randn([rows, 1], device: device),
        (output, target) => 0.5 * functional.mse_loss(output, target) + HalfOfLogTwoPi);
}
