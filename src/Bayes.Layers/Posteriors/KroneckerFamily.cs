using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// The family of <see cref="KroneckerNormal"/>, with the parameters <c>mu</c>, <c>log_var</c>, <c>left</c> and <c>right</c>. It starts from
/// independent weights, with the standard deviations of the initializer.
/// </summary>
public sealed class KroneckerFamily : PosteriorFamily
{
    /// <summary>Creates a family.</summary>
    /// <param name="noiseColumns">The number of columns of the noise, at least that of the weights; that of the weights by default.</param>
    /// <param name="sharedName">The name under which the posteriors of several tensors, such as weight and bias, share the noise; null if they do
    /// not.</param>
    /// <param name="independentRows">Whether the rows are independent, so that there is no <c>left</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="noiseColumns"/> is below 1.</exception>
    public KroneckerFamily(long? noiseColumns = null, string? sharedName = null, bool independentRows = false)
    {
        NoiseColumns = noiseColumns is { } given ? Require.Positive(given, nameof(noiseColumns)) : null;
        SharedName = sharedName;
        IndependentRows = independentRows;
    }

    /// <summary>Gets the number of columns of the noise; null for that of the weights.</summary>
    public long? NoiseColumns { get; }

    /// <summary>Gets the name under which the posteriors of several tensors share the noise, or null.</summary>
    public string? SharedName { get; }

    /// <summary>Gets whether the rows are independent.</summary>
    public bool IndependentRows { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, long[] Shape)> ParametersOf(long[] shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var (rows, columns) = KroneckerNormal.MatrixOf(shape);
        long noise = NoiseColumns ?? columns;
        return
        [
            (WeightPosterior.MeanName, shape), (KroneckerNormal.LogVarianceName, [rows, noise]),
            .. IndependentRows ? Array.Empty<(string, long[])>() : [(KroneckerNormal.LeftName, [rows, rows])],
            (KroneckerNormal.RightName, [columns, noise]),
        ];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Start(Tensor mean, Tensor logVariance, NoiseSource noise)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(logVariance);
        using var scope = NewDisposeScope();
        var (rows, columns) = KroneckerNormal.MatrixOf(mean.shape);
        long width = NoiseColumns ?? columns;
        if (width < columns)
            throw new ArgumentException($"noiseColumns is {width}; expected at least {columns}, the columns of the weights.", nameof(mean));
        var logs = logVariance.reshape(rows, columns);
        if (width > columns)
            logs = cat([logs, zeros(rows, width - columns, mean.dtype, mean.device)], 1);
        var right = eye(columns, width, dtype: mean.dtype, device: mean.device);
        scope.MoveToOuter(logs, right);
        return IndependentRows ? [mean, logs, right]
            : [mean, logs, eye(rows, dtype: mean.dtype, device: mean.device).MoveToOuterDisposeScope(), right];
    }

    /// <inheritdoc/>
    public override WeightPosterior Of(IReadOnlyList<Tensor> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return new KroneckerNormal(parameters[0], parameters[1], IndependentRows ? null : parameters[2], parameters[^1], SharedName);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string[] settings =
        [
            .. NoiseColumns is { } count ? [FormattableString.Invariant($"noiseColumns={count}")] : Array.Empty<string>(),
            .. SharedName is { } name ? [$"sharedName={name}"] : Array.Empty<string>(),
            .. IndependentRows ? ["independentRows=true"] : Array.Empty<string>(),
        ];
        return $"{nameof(KroneckerNormal)}({string.Join(", ", settings)})";
    }
}
