using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// How weights are drawn from a <see cref="FlatPosterior"/> as leaves, and how what backpropagation left at them is carried to mu and log_var:
/// with w = mu + sigma · eps and sigma = exp(log_var / 2), ∂w/∂mu = 1 and ∂w/∂log_var = ½ sigma · eps. All without recording a gradient.
/// </summary>
/// <remarks>Owns the draws; dispose it.</remarks>
internal abstract class FlatArithmetic : IDisposable
{
    /// <summary>Gets ready for a pass.</summary>
    public abstract void Begin();

    /// <summary>Draws the weights of a slice: at most once in a pass, since a parameter is one variable in it.</summary>
    /// <param name="slice">The slice.</param>
    /// <param name="samples">S, how many sets of them; the same in every pass.</param>
    /// <param name="noise">Where eps comes from.</param>
    /// <returns>A leaf of the slice's shape, with an axis of draws in front where S is more than 1; good until the next pass begins.</returns>
    public abstract Tensor Draw(PosteriorSlice slice, int samples, NoiseSource noise);

    /// <summary>Completes the gradients: those by way of the draws, and those of klWeight · KL.</summary>
    /// <returns>KL(q ‖ p), unweighted: a scalar.</returns>
    public abstract Tensor End(double klWeight);

    /// <summary>Adds the gradient of klWeight · KL to the gradients, for passes that autograd follows to mu and log_var.</summary>
    /// <returns>KL(q ‖ p), unweighted: a scalar.</returns>
    public abstract Tensor AddKl(double klWeight);

    /// <summary>Returns the sum of the squares of all gradients, or null if managed code cannot read them.</summary>
    public virtual double? SquareOfGradients() => null;

    /// <summary>Lets go of the draws.</summary>
    public abstract void Forget();

    /// <inheritdoc/>
    public abstract void Dispose();
}
