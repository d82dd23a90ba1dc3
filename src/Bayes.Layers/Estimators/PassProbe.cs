using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>The posterior's mean, for a pass that measures how large the values between modules are, those inside plain modules too.</summary>
/// <remarks>While it lives it is its thread's <see cref="Current"/>, since a plain module's pass knows no estimator; dispose it.</remarks>
internal sealed class PassProbe : Estimator, IDisposable
{
    [ThreadStatic]
    private static PassProbe? _current;

    /// <summary>Begins to measure.</summary>
    /// <param name="model">The model that the pass is of, for the paths in messages; null if there is none.</param>
    public PassProbe(nn.Module? model = null) : base(samples: 1)
    {
        Model = model;
        _current = this;
    }

    /// <summary>The probe of the pass on this thread, or null.</summary>
    public static PassProbe? Current => _current;

    /// <summary>The model that the pass is of, or null.</summary>
    public nn.Module? Model { get; }

    /// <summary>The bytes of one row of the largest value.</summary>
    public long LargestBytes { get; private set; }

    /// <summary>Measures a value <c>[1, B, …]</c>.</summary>
    public void See(Tensor value) => See(value, rows: value.shape[1]);

    /// <summary>Measures a value of so many rows.</summary>
    public void See(Tensor value, long rows) => LargestBytes = Math.Max(LargestBytes, value.numel() * value.element_size() / rows);

    /// <summary>Stops measuring.</summary>
    public void Dispose() => _current = null;

    /// <inheritdoc/>
    public override Tensor? StandardNormal(nn.Module owner, ReadOnlySpan<long> shape, ScalarType dtype, Device device) => null;

    /// <inheritdoc/>
    protected override Func<Tensor, Tensor> FixWeights(BilinearMap map, MeanFieldNormal weight, MeanFieldNormal? bias)
    {
        var mean = PosteriorMean.Instance.Fix(map, weight, bias);
        return input =>
        {
            var output = mean(input);
            See(input);
            See(output);
            return output;
        };
    }
}
