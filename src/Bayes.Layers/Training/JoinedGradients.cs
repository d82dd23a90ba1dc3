using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Computes the gradients of a large batch one part after the other: the mean over all rows of the gradient of the likelihood, plus the gradient of
/// the KL divergence once. Each part draws its own weights.
/// </summary>
/// <remarks>Owns the means, not the step; dispose it.</remarks>
internal sealed class JoinedGradients(TrainingStep step) : IDisposable
{
    private Tensor?[] _means = [];
    private double _negativeLogLikelihood;
    private long _rows;

    /// <summary>Gets whether parts were added since the last large batch ended.</summary>
    public bool IsOpen => _rows > 0;

    /// <summary>Clears the parts that were added.</summary>
    public void Clear() => (_rows, _negativeLogLikelihood) = (0, 0);

    /// <summary>Adds a part. After the last one, leaves the gradients of the large batch at the parameters.</summary>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="target"><c>[B, …]</c>.</param>
    /// <param name="klFactor">A further factor of the KL divergence for this step.</param>
    /// <param name="isLast">Whether this part is the last of the large batch.</param>
    /// <returns>The loss of all parts so far; after the last part the loss of the large batch.</returns>
    public StepLoss Add(NetworkInput input, Tensor target, double klFactor, bool isLast)
    {
        ArgumentNullException.ThrowIfNull(input);
        input.RequireBatch();
        double share = (double)input.Rows / (_rows + input.Rows);
        // Only the last part carries the KL divergence, divided by the share that the part has in the mean.
        var loss = step.Compute(input, target, isLast ? klFactor / share : 0);
        AddToMeans(share);
        _rows += input.Rows;
        _negativeLogLikelihood = (1 - share) * _negativeLogLikelihood + share * loss.NegativeLogLikelihood;
        var joined = loss with
        {
            NegativeLogLikelihood = _negativeLogLikelihood,
            Total = _negativeLogLikelihood + share * (loss.Total - loss.NegativeLogLikelihood),
            EffectiveBeta = share * loss.EffectiveBeta,
        };
        if (isLast)
        {
            StoreMeans();
            Clear();
        }
        return joined;
    }

    public void Dispose()
    {
        foreach (var mean in _means)
            mean?.Dispose();
    }

    private void StoreMeans()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var (parameter, mean) in step.Parameters.Zip(_means))
            if (mean is not null && parameter.grad is { } gradient)
                gradient.copy_(mean);
            else
                parameter.grad = mean?.clone();
    }

    private void AddToMeans(double share)
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
