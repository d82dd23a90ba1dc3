using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// What a model believes of the targets of some inputs, and how sure it is: the moments of the mixture
/// p(y | x) = mean over draws of p(y | f_s(x)). Made by <see cref="MonteCarloPredictive"/>.
/// </summary>
/// <remarks>
/// Owns its tensors, which need no gradient: dispose it. They also belong to the dispose scope in which it was made, as
/// TorchSharp's own results do; <see cref="DetachFromDisposeScope"/> takes them out.
/// Var[y] = E[Var[y | f]] + Var[E[y | f]]: the law of total variance splits it into an aleatoric and an epistemic part.
/// </remarks>
public sealed class Predictive : IDisposable
{
    private readonly Tensor _mean;
    private readonly Tensor _aleatoricVariance;
    private readonly Tensor _epistemicVariance;
    private readonly Tensor _totalVariance;
    private readonly Tensor? _epistemicStddev;
    private bool _disposed;

    internal Predictive(Tensor mean, Tensor aleatoricVariance, Tensor epistemicVariance, Tensor totalVariance, Tensor? epistemicStddev, int samplesUsed)
    {
        _mean = mean;
        _aleatoricVariance = aleatoricVariance;
        _epistemicVariance = epistemicVariance;
        _totalVariance = totalVariance;
        _epistemicStddev = epistemicStddev;
        SamplesUsed = samplesUsed;
    }

    /// <summary>How many draws it rests on.</summary>
    public int SamplesUsed { get; }

    /// <summary>E[y | x], <c>[B, …]</c>, in the target's unit; for a Bernoulli likelihood the probability of y = 1.</summary>
    public Tensor Mean => Alive(_mean);

    /// <summary>
    /// The spread of E[y | f_s] over the draws as a standard deviation, <c>[B, …]</c>, in the target's unit: how much the
    /// model's functions disagree, which more data would lessen. Divisor S − 1, as <c>std</c> of PyTorch and NumPy's ddof = 1.
    /// </summary>
    /// <exception cref="InvalidOperationException">There was one draw: one function cannot disagree.</exception>
    public Tensor EpistemicStddev => Alive(_epistemicStddev ?? throw new InvalidOperationException(
        "The epistemic standard deviation needs at least 2 draws, and this prediction rests on 1; ask for more samples."));

    /// <summary>
    /// Var[E[y | f]] over the mixture of the draws, <c>[B, …]</c>, in the target's unit squared. Divisor S, so that the two
    /// parts add up to <see cref="TotalVariance"/> exactly; 0 with one draw.
    /// </summary>
    public Tensor EpistemicVariance => Alive(_epistemicVariance);

    /// <summary>E[Var[y | f]], <c>[B, …]</c>, in the target's unit squared: the noise in the data, which more data would not lessen.</summary>
    public Tensor AleatoricVariance => Alive(_aleatoricVariance);

    /// <summary>Var[y | x], <c>[B, …]</c>, in the target's unit squared: the sum of the two parts.</summary>
    public Tensor TotalVariance => Alive(_totalVariance);

    /// <summary>Takes the tensors out of every dispose scope: they live until <see cref="Dispose"/>.</summary>
    /// <returns>This prediction.</returns>
    public Predictive DetachFromDisposeScope()
    {
        foreach (var tensor in Tensors())
            tensor.DetachFromDisposeScope();
        return this;
    }

    /// <summary>Moves the tensors to the dispose scope around the current one.</summary>
    /// <returns>This prediction.</returns>
    public Predictive MoveToOuterDisposeScope()
    {
        foreach (var tensor in Tensors())
            tensor.MoveToOuterDisposeScope();
        return this;
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        foreach (var tensor in Tensors())
            tensor.Dispose();
    }

    private Tensor Alive(Tensor tensor)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return tensor;
    }

    private IEnumerable<Tensor> Tensors() =>
        new[] { _mean, _aleatoricVariance, _epistemicVariance, _totalVariance, _epistemicStddev }.OfType<Tensor>();
}
