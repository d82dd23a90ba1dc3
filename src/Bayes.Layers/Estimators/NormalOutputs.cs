using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>The outputs of a network, which are normal: those of a random last layer given the features, or of a pass of moments.</summary>
/// <param name="Mean">Their mean, <c>[1, B, out]</c>.</param>
/// <param name="Spread">Their covariance in each row.</param>
internal sealed record NormalOutputs(Tensor Mean, OutputSpread Spread)
{
    /// <summary>Gets whether they are known to be the outputs of the network, and not those of a layer that may not be its last one.</summary>
    public bool AreLast { get; init; }

    /// <summary>Refuses a network whose output is not that of the random layer.</summary>
    /// <exception cref="InvalidOperationException">The output differs from the layer's.</exception>
    public void RequireToBe(Tensor output, string network)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // A NaN is not equal to itself, and tells nothing.
        if (!output.shape.AsSpan().SequenceEqual(Mean.shape) || !output.eq(Mean).logical_or(Mean.isnan()).all().ReadBoolean())
            throw new InvalidOperationException(
                $"The output of the {network} is not that of its random layer; expected a network that ends in a BayesianLinear, or an estimator "
                + "that draws.");
    }
}
