using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>The posterior's mean, and a look at how large the values are that pass between modules, plain ones too.</summary>
/// <remarks>While it lives it is its thread's <see cref="Current"/>, since a plain module's pass knows no estimator; dispose it.</remarks>
internal sealed class PassProbe : Estimator, IDisposable
{
    [ThreadStatic]
    private static PassProbe? _current;

    public PassProbe() : base(samples: 1) => _current = this;

    /// <summary>The one that looks on at this thread; mostly none.</summary>
    public static PassProbe? Current => _current;

    /// <summary>The bytes of the largest value of all that were seen.</summary>
    public long LargestBytes { get; private set; }

    /// <summary>Looks at a value.</summary>
    public void See(Tensor value) => LargestBytes = Math.Max(LargestBytes, value.numel() * value.element_size());

    /// <summary>Looks away.</summary>
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
