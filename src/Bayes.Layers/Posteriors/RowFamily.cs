using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// The family of <see cref="RowNormal"/>, with the parameters <c>mu</c>, <c>log_var</c> and <c>factor</c>: a full covariance for the weights of each
/// output. It starts from independent weights, with the standard deviations of the initializer.
/// </summary>
/// <example>
/// <c>new BayesianLinear(50, 1, initializer: new FanInInitializer(gain: 1) { Family = new RowFamily() })</c>
/// </example>
public sealed class RowFamily : PosteriorFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, long[] Shape)> ParametersOf(long[] shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var (rows, columns) = KroneckerNormal.MatrixOf(shape);
        return [.. MeanField.ParametersOf(shape), (RowNormal.FactorName, [rows, columns, columns])];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Start(Tensor mean, Tensor logVariance, NoiseSource noise)
    {
        ArgumentNullException.ThrowIfNull(mean);
        var (rows, columns) = KroneckerNormal.MatrixOf(mean.shape);
        return [mean, logVariance, zeros(rows, columns, columns, mean.dtype, mean.device)];
    }

    /// <inheritdoc/>
    public override WeightPosterior Of(IReadOnlyList<Tensor> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return new RowNormal(parameters[0], parameters[1], parameters[2]);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(RowNormal)}()";
}
