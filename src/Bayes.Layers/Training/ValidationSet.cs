using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Examples kept apart from training, and how the model is judged by them.</summary>
internal sealed class ValidationSet
{
    private readonly Tensor _input;
    private readonly Tensor _target;
    private readonly MonteCarloPredictive _predictive;

    public ValidationSet(Tensor input, Tensor target, BayesianModule model, ElboLoss loss, VariationalTrainerOptions options)
    {
        _input = input;
        _target = target;
        // Not disposed: a MonteCarloPredictive owns the model that it is given.
        _predictive = new MonteCarloPredictive(model, loss.Likelihood, options.ValidationSamples, options.ValidationSeed);
    }

    /// <summary>log p(y | x), the mean over the examples, in nats per example.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public double LogDensity(CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var prediction = _predictive.Predict(_input, _target, cancellationToken: cancellationToken);
        return prediction.LogPredictiveDensity.mean().ReadDouble();
    }
}
