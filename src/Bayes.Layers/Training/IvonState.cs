using Bayes.Layers.Conversion;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>All parameters of a network under <see cref="Ivon"/>, and the steps on them.</summary>
/// <remarks>Owns the state, not the network; dispose it.</remarks>
internal sealed class IvonState : IDisposable
{
    private readonly IvonWeights[] _weights;

    /// <summary>Creates the state of a network at the start of a training.</summary>
    /// <exception cref="ArgumentException">The network is Bayesian, or no parameter requires a gradient.</exception>
    public IvonState(nn.Module network, IvonSettings settings)
    {
        NetworkCall.Require(network);
        Settings = settings;
        if (network.BayesianModules().FirstOrDefault() is { } bayesian)
            throw new ArgumentException(
                $"The network contains a {bayesian.GetName()}, which is Bayesian already; expected a plain network.", nameof(network));
        NetworkParameter[] trained = [.. NetworkParameter.Of(network).Where(each => each.Value.requires_grad)];
        if (trained.Length == 0)
            throw new ArgumentException(
                $"No parameter of the {network.GetType().Name} requires a gradient, so there is nothing to train; expected at least one.",
                nameof(network));
        var conversions = new LayerConversions([]);
        _weights = [.. trained.Select(each => new IvonWeights(each, conversions.FixedRowOf(each), settings))];
    }

    /// <summary>Gets the settings.</summary>
    public IvonSettings Settings { get; }

    /// <summary>Gets the parameters.</summary>
    public IReadOnlyList<IvonWeights> Weights => _weights;

    /// <summary>Gets or sets the number of steps made.</summary>
    public long StepCount { get; set; }

    /// <summary>
    /// Computes a loss at each draw, with the drawn weights in the network, and its gradients. Afterwards, also after an exception, the network has
    /// the means again.
    /// </summary>
    /// <param name="loss">Computes the loss of the network as it is, a scalar with gradient.</param>
    /// <returns>The mean of the losses.</returns>
    public double Differentiate(Func<Tensor> loss)
    {
        using Scalar share = 1.0 / Settings.Samples;
        double sum = 0;
        try
        {
            Each(weights => weights.Begin());
            for (int draw = 0; draw < Settings.Samples; draw++)
            {
                using var scope = NewDisposeScope();
                Each(weights => weights.Draw(isMirrored: Settings.Antithetic && draw % 2 == 1));
                var value = Scalar(loss());
                (Settings.Samples == 1 ? value : value.mul(share)).backward();
                sum += value.ReadDouble();
                Each(weights => weights.Take());
            }
        }
        finally
        {
            Each(weights => weights.Restore());
        }
        return sum / Settings.Samples;
    }

    /// <summary>Computes where a step leads, without changing it yet. Call it once. Returns whether all weights would be finite.</summary>
    /// <param name="estimates">The gradient and the estimate of the Hessian of each parameter.</param>
    /// <param name="learningRate">α.</param>
    public bool Prepare(IEnumerable<(Tensor Gradient, Tensor Hessian)> estimates, double learningRate)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // Computes all before reading one, so as to wait for a GPU once.
        Tensor[] checks = [.. _weights.Zip(estimates, (weights, each) => weights.Prepare(each.Gradient, each.Hessian, learningRate, StepCount + 1))];
        return Array.TrueForAll(checks, each => double.IsFinite(each.ReadDouble()));
    }

    /// <summary>Makes the step that was prepared.</summary>
    public void Commit()
    {
        Each(weights => weights.Commit());
        StepCount++;
    }

    /// <inheritdoc/>
    public void Dispose() => Each(weights => weights.Dispose());

    private void Each(Action<IvonWeights> act)
    {
        using var noGrad = no_grad();
        foreach (var weights in _weights)
            act(weights);
    }

    private static Tensor Scalar(Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        if (loss.numel() != 1)
            throw new InvalidOperationException(
                $"The loss has shape {Shapes.Describe(loss.shape)}; expected a scalar, the mean over the examples of the batch.");
        return loss.requires_grad ? loss : throw new InvalidOperationException(
            "The loss has no gradient, so nothing would be learned from the data: compute it from the network, and not under no_grad.");
    }
}
