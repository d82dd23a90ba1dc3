using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// The gradients of a large batch, computed one part after the other: the mean over all rows of the gradient of the likelihood, and the KL
/// divergence's gradient once. Each part draws weights of its own.
/// </summary>
/// <remarks>Owns the sums; dispose it. Not the step.</remarks>
internal sealed class JoinedGradients(TrainingStep step) : IDisposable
{
    private Tensor?[] _means = [];
    private double _negativeLogLikelihood;
    private long _rows;

    /// <summary>Whether parts were added since the last large batch ended.</summary>
    public bool IsOpen => _rows > 0;

    /// <summary>Forgets the parts that were added.</summary>
    public void Clear() => (_rows, _negativeLogLikelihood) = (0, 0);

    /// <summary>Adds a part, and after the last one leaves the gradients of the large batch at the parameters.</summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="target"><c>[B, …]</c>.</param>
    /// <param name="klFactor">A further factor of the KL divergence for this step.</param>
    /// <param name="isLast">Whether the large batch ends with this part.</param>
    /// <returns>The loss of all parts so far; that of the large batch after the last part.</returns>
    public StepLoss Add(Tensor input, Tensor target, double klFactor, bool isLast)
    {
        ArgumentNullException.ThrowIfNull(input);
        BayesianModule.RequireBatch(input);
        double share = (double)input.shape[0] / (_rows + input.shape[0]);
        // The last part carries the KL divergence of all, and counts for its share.
        var loss = step.Compute(input, target, isLast ? klFactor / share : 0);
        Mix(share);
        _rows += input.shape[0];
        _negativeLogLikelihood = (1 - share) * _negativeLogLikelihood + share * loss.NegativeLogLikelihood;
        var joined = loss with
        {
            NegativeLogLikelihood = _negativeLogLikelihood,
            Total = _negativeLogLikelihood + share * (loss.Total - loss.NegativeLogLikelihood),
            EffectiveBeta = share * loss.EffectiveBeta,
        };
        if (isLast)
        {
            Leave();
            Clear();
        }
        return joined;
    }

    public void Dispose()
    {
        foreach (var mean in _means)
            mean?.Dispose();
    }

    private void Leave()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var (parameter, mean) in step.Parameters.Zip(_means))
            if (mean is not null && parameter.grad is { } gradient)
                gradient.copy_(mean);
            else
                parameter.grad = mean?.clone();
    }

    private void Mix(double share)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Scalar kept = 1 - share, taken = share;
        var parameters = step.Parameters;
        if (_means.Length != parameters.Count)
            _means = new Tensor?[parameters.Count];
        for (int i = 0; i < parameters.Count; i++)
        {
            if (!IsOpen)
                _means[i]?.zero_();
            else
                _means[i]?.mul_(kept);
            if (parameters[i].grad is not { } gradient)
                continue;
            _means[i] ??= zeros_like(gradient).Owned();
            _means[i]!.add_(gradient, taken);
        }
    }
}
