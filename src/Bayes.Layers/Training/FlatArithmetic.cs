using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Provides leaves from a <see cref="FlatPosterior"/>, and carries the gradients that backpropagation left at them to mu and log_var. With
/// sigma = exp(log_var / 2): weights w = mu + sigma · eps have ∂w/∂mu = 1 and ∂w/∂log_var = ½ sigma · eps, deviations d = sigma · eps have
/// ∂d/∂log_var = ½ d, and variances v = sigma² have ∂v/∂log_var = v. Records no gradient.
/// </summary>
/// <remarks>Owns the leaves, which are valid until the next pass begins; dispose it.</remarks>
internal abstract class FlatArithmetic : IDisposable
{
    /// <summary>Begins a pass.</summary>
    public abstract void Begin();

    /// <summary>Draws the weights of a slice. Call it at most once in a pass, where a parameter is one variable.</summary>
    /// <param name="slice">The slice.</param>
    /// <param name="samples">S, the number of draws; the same in every pass.</param>
    /// <param name="noise">The source of eps.</param>
    /// <returns>A leaf of the slice's shape, with an axis of draws in front if S is above 1.</returns>
    public abstract Tensor Draw(PosteriorSlice slice, int samples, NoiseSource noise);

    /// <summary>Draws the deviations of a slice's weights from their means. Call it at most once in a pass.</summary>
    /// <inheritdoc cref="Draw" path="/param"/>
    /// <returns>A leaf of the slice's shape with an axis of draws in front.</returns>
    public abstract Tensor Deviations(PosteriorSlice slice, int samples, NoiseSource noise);

    /// <summary>Returns the means of a slice: a leaf, the same in every call of a pass.</summary>
    public abstract Tensor Mean(PosteriorSlice slice);

    /// <summary>Computes the variances of a slice: a leaf. Call it at most once in a pass.</summary>
    public abstract Tensor Variance(PosteriorSlice slice);

    /// <summary>Completes the gradients: those through the leaves, and those of klWeight · KL.</summary>
    /// <returns>KL(q ‖ p), unweighted: a scalar.</returns>
    public abstract Tensor End(double klWeight);

    /// <summary>Adds the gradient of klWeight · KL to the gradients, for passes in which autograd reaches mu and log_var.</summary>
    /// <returns>KL(q ‖ p), unweighted: a scalar.</returns>
    public abstract Tensor AddKl(double klWeight);

    /// <summary>Returns the sum of the squares of all gradients; null if managed code cannot read them.</summary>
    public virtual double? SquareOfGradients() => null;

    /// <summary>Releases the leaves' gradients.</summary>
    public abstract void Forget();

    /// <inheritdoc/>
    public abstract void Dispose();
}
