using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// <see cref="Reparameterization"/> with the drawn weights as leaves: autograd runs through the network alone, and the gradient of each weight is
/// carried to mu and log_var by hand. Draws the same noise in the same order.
/// </summary>
/// <remarks>For one pass. The draws outlive the scopes of the layers: dispose it after backpropagation to release them.</remarks>
internal sealed class LeafReparameterization(NoiseSource noise, int samples, FlatPosterior flat, FlatArithmetic arithmetic)
    : Estimator(samples), IDisposable
{
    private readonly Tensor?[] _leaves = new Tensor?[flat.Slices.Count];

    public void Dispose() => arithmetic.Forget();

    /// <inheritdoc/>
    public override Tensor StandardNormal(nn.Module owner, ReadOnlySpan<long> shape, ScalarType dtype, Device device) =>
        noise.StandardNormal([Samples, .. shape], dtype, device);

    /// <inheritdoc/>
    protected override Func<Tensor, Tensor> FixWeights(Pass pass, BilinearMap map, WeightPosterior weight, WeightPosterior? bias) =>
        Draw(weight, bias).With(map);

    /// <inheritdoc/>
    internal override DrawnWeights? TryDraw(Pass pass, WeightPosterior weight, WeightPosterior? bias) => Draw(weight, bias);

    private DrawnWeights Draw(WeightPosterior weight, WeightPosterior? bias) =>
        new(Draw(weight), bias is null ? null : Draw(bias), ArePerDraw: Samples > 1);

    private Tensor Draw(WeightPosterior posterior)
    {
        using var noGrad = no_grad();
        var slice = flat.Find(posterior);
        // A parameter is one variable in a pass: a second use takes the same leaf, where autograd adds up the gradients of both.
        return _leaves[slice.Number] ??= arithmetic.Draw(slice, Samples, noise);
    }
}
