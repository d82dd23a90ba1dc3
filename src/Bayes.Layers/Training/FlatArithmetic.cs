using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Draws weights from a <see cref="FlatPosterior"/> as leaves, and carries the gradients that backpropagation left at them to mu and log_var: with
/// w = mu + sigma · eps and sigma = exp(log_var / 2), ∂w/∂mu = 1 and ∂w/∂log_var = ½ sigma · eps. Records no gradient.
/// </summary>
/// <remarks>Owns the draws; dispose it.</remarks>
internal abstract class FlatArithmetic : IDisposable
{
    /// <summary>Begins a pass.</summary>
    public abstract void Begin();

    /// <summary>Draws the weights of a slice. Call it at most once in a pass, where a parameter is one variable.</summary>
    /// <param name="slice">The slice.</param>
    /// <param name="samples">S, the number of draws; the same in every pass.</param>
    /// <param name="noise">The source of eps.</param>
    /// <returns>A leaf of the slice's shape, with an axis of draws in front if S is above 1; valid until the next pass begins.</returns>
    public abstract Tensor Draw(PosteriorSlice slice, int samples, NoiseSource noise);

    /// <summary>Completes the gradients: those through the draws, and those of klWeight · KL.</summary>
    /// <returns>KL(q ‖ p), unweighted: a scalar.</returns>
    public abstract Tensor End(double klWeight);

    /// <summary>Adds the gradient of klWeight · KL to the gradients, for passes in which autograd reaches mu and log_var.</summary>
    /// <returns>KL(q ‖ p), unweighted: a scalar.</returns>
    public abstract Tensor AddKl(double klWeight);

    /// <summary>Returns the sum of the squares of all gradients; null if managed code cannot read them.</summary>
    public virtual double? SquareOfGradients() => null;

    /// <summary>Releases the draws.</summary>
    public abstract void Forget();

    /// <inheritdoc/>
    public abstract void Dispose();
}
