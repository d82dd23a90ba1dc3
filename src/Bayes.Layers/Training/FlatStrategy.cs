using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Moves the posteriors into one storage. Autograd goes through the estimator to mu and log_var, but does not compute the KL divergence.
/// </summary>
/// <remarks>Owns the storage and its arithmetic; dispose it.</remarks>
internal class FlatStrategy(StepContext context, FlatPosterior flat, FlatArithmetic arithmetic, Parameter[] others) : StepStrategy(context, others)
{
    private readonly Parameter[] _parameters = [flat.Mean, flat.LogVariance, .. others];

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => _parameters;

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Views => flat.Views;

    /// <summary>Gets the storage.</summary>
    protected FlatPosterior Flat => flat;

    /// <summary>Gets the arithmetic of the storage.</summary>
    protected FlatArithmetic Arithmetic => arithmetic;

    /// <inheritdoc/>
    protected override ScalarType Type => flat.Mean.dtype;

    /// <inheritdoc/>
    protected override IEnumerable<Tensor?> AllGradients => base.AllGradients.Prepend(flat.Gradient);

    /// <inheritdoc/>
    public override Tensor? GradientOf(Parameter parameter) => flat.GradientOf(parameter) ?? parameter.grad;

    /// <inheritdoc/>
    public override double GradientNorm() =>
        arithmetic.SquareOfGradients() is not { } known ? base.GradientNorm()
        : Math.Sqrt(Others.Length == 0 ? known : Gradients.SquareOf(base.AllGradients, known));

    /// <inheritdoc/>
    public sealed override void Dispose()
    {
        arithmetic.Dispose();
        flat.Dispose();
    }

    /// <inheritdoc/>
    protected override ElboTerms Pass(NetworkInput input, Tensor target, double klFactor)
    {
        using (no_grad())
        {
            Begin();
            flat.Gradient.zero_();
        }
        var negativeLogLikelihood = PassLikelihood(input, target);
        using var noGrad = no_grad();
        return Context.Loss.Terms(negativeLogLikelihood, arithmetic.AddKl(Context.Loss.KlWeight * klFactor), klFactor);
    }

    /// <summary>Begins a pass.</summary>
    /// <exception cref="InvalidOperationException">A layer's parameter was replaced or frozen after the step was made.</exception>
    protected void Begin()
    {
        flat.RequireViews();
        arithmetic.Begin();
    }
}
