using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Judges a model by examples held out from training.</summary>
internal sealed class ValidationSet(ValidationData data, BayesianModule model, ElboLoss loss, VariationalTrainerOptions options)
{
    private readonly MonteCarloPredictive _predictive = new(model, loss.Likelihood, options.ValidationSamples, options.ValidationSeed);

    /// <summary>Returns the mean of log p(y | x) over the examples, in nats per example.</summary>
    /// <exception cref="OperationCanceledException">Validation was cancelled.</exception>
    /// <exception cref="InvalidOperationException">There is no example, or a row has a number that is not finite.</exception>
    public double LogDensity(CancellationToken cancellationToken)
    {
        using var made = NewDisposeScope();
        double sum = 0;
        long examples = 0, batch = 0;
        foreach (var (input, target) in data.Batches())
        {
            batch++;
            double density = LogDensity(input, target, cancellationToken);
            if (double.IsNaN(density) && FiniteRows.Describe(input, target) is { } fault)
                throw new InvalidOperationException($"Batch {batch} of the validation data cannot be judged: {fault}.");
            sum += density * input.Rows;
            examples += input.Rows;
            BatchSource.Dispose(made, input, target);
        }
        return examples > 0 ? sum / examples : throw new InvalidOperationException("The validation data have 0 batches; expected at least one.");
    }

    private double LogDensity(NetworkInput input, Tensor target, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var prediction = _predictive.Predict(input, target, cancellationToken: cancellationToken);
        return prediction.LogPredictiveDensity.mean().ReadDouble();
    }
}
