using System.Runtime.Intrinsics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>
/// A fully connected network, whose passes are computed in managed code (decision 18): torch's operations, and the memory between them, cost a
/// small one many times
/// its arithmetic. Gives what <see cref="BayesianModule.Sample(Tensor, Estimator)"/> of the model gives, up to rounding.
/// </summary>
internal sealed class DenseNetwork
{
    // Measured up to this width, with registers of 256 bits or more (decision 18).
    private const long MostFeatures = 1024;
    private const long MostFeaturesOfNarrowRegisters = 64;

    // With fewer rows a register is all but empty, and torch's product of a matrix and a vector is faster where a layer is wider than this.
    private const long FewRows = 4;
    private const long NarrowFeatures = 16;

    // What drawing a weight, a product and an element's function take, and starting threads, which should be little beside the work: nanoseconds,
    // roughly.
    private const double PerWeight = 1, PerProduct = 0.01, PerElement = 0.2, WorthThreads = 1e6;

    private readonly DenseStep.Layer[] _layers;
    private readonly DenseKernel _kernel;

    private DenseNetwork(IReadOnlyList<DenseStep> steps)
    {
        _layers = [.. steps.OfType<DenseStep.Layer>()];
        _kernel = DenseKernel.Of(steps);
    }

    /// <summary>
    /// The network that modules one after the other are: <see cref="BayesianLinear"/>, <c>Linear</c>, <c>Identity</c> and the functions of
    /// <see cref="ElementFunction"/>, also inside
    /// <see cref="BayesianSequential"/> and <c>Sequential</c>, without hooks, the first of the layers Bayesian, at most 1024 features wide (64 with
    /// registers of 128 bits), in single
    /// precision on the CPU, for at least four rows or a narrow network. Null if they are anything else.
    /// </summary>
    /// <param name="modules">The modules, in evaluation mode.</param>
    /// <param name="input">What passes through them.</param>
    public static DenseNetwork? TryOf(IReadOnlyList<nn.Module<Tensor, Tensor>> modules, RowsOfInput input)
    {
        if (input.RowShape is not [long width] || input.Type != ScalarType.Float32 || input.Device != DeviceType.CPU)
            return null;
        var steps = new List<DenseStep>();
        if (!modules.All(module => AddSteps(module, steps)) || steps is not [DenseStep.Layer { IsDrawn: true }, ..])
            return null;
        if (input.Rows < FewRows && steps.OfType<DenseStep.Layer>().Any(layer => layer.InputSize > NarrowFeatures || layer.OutputSize > NarrowFeatures))
            return null;
        foreach (var layer in steps.OfType<DenseStep.Layer>())
        {
            if (layer.InputSize != width || !layer.Weight.IsPlain || layer.Bias is { IsPlain: false })
                return null;
            width = layer.OutputSize;
        }
        return new DenseNetwork(steps);
    }

    /// <summary>Features of the output.</summary>
    public int OutputSize => _layers[^1].OutputSize;

    /// <summary>Gets the bytes of one row's output for one draw, with those of summing it up: what lies between layers stays in a cache.</summary>
    public long BytesPerRow => PassMeasure.RowBytes(largestBytes: sizeof(float) * OutputSize, OutputSize);

    /// <summary>Whether a prediction takes so long that it is worth starting threads.</summary>
    public bool IsWorthThreads(int draws, long rows) =>
        draws * _layers.Sum(layer => layer.Length * PerWeight + rows * (layer.WeightLength * PerProduct + layer.OutputSize * PerElement)) >= WorthThreads;

    /// <summary>Passes an input through draws of the model's posterior.</summary>
    /// <param name="input"><c>[B, in]</c>.</param>
    /// <param name="draws">The draws, bound to the model.</param>
    /// <returns><c>[S, B, out]</c>, with features before rows in memory.</returns>
    public Tensor Sample(Tensor input, PosteriorDraws draws)
    {
        using var scope = NewDisposeScope();
        int rows = (int)input.shape[0];
        var output = empty([draws.Samples, OutputSize, rows], ScalarType.Float32, CPU);
        // A tensor, since those begin at the beginning of a cache line, and no register is then loaded from two.
        var room = empty([_kernel.RoomLength], ScalarType.Float32, CPU);
        using var weights = DenseWeights.Of(_layers, draws);
        _kernel.Pass(input.contiguous().Floats(), rows, weights, draws.Samples, room.Floats(), output.Floats());
        return output.transpose(1, 2).MoveToOuterDisposeScope();
    }

    // False if a module is not known.
    private static bool AddSteps(nn.Module<Tensor, Tensor> module, List<DenseStep> steps)
    {
        if (!StatelessModules.HasNoHook(module))
            return false;
        switch (module)
        {
            case BayesianSequential sequence:
                return sequence.Walk().All(step => AddSteps(step, steps));
            case Sequential sequence when sequence.GetType() == typeof(Sequential):
                var children = sequence.children().Cast<nn.Module<Tensor, Tensor>>().ToList();
                return children.Count > 0 && children.All(child => AddSteps(child, steps));
            case BayesianLinear layer:
                return AddLayer(layer.InputSize, layer.OutputSize, new(layer.WeightPosterior, null), layer.BiasPosterior is { } bias ? new(bias, null) : null, steps);
            case Linear layer:
                return AddLayer(layer.in_features, layer.out_features, new(null, layer.weight), layer.bias is { } given ? new(null, given) : null, steps);
            case Identity:
                return true;
        }
        if (ElementFunction.TryOf(module) is not { } function)
            return false;
        steps.Add(new DenseStep.Elementwise(function));
        return true;
    }

    private static bool AddLayer(long inputSize, long outputSize, DenseStep.Source weight, DenseStep.Source? bias, List<DenseStep> steps)
    {
        if (Math.Max(inputSize, outputSize) > (Vector256.IsHardwareAccelerated ? MostFeatures : MostFeaturesOfNarrowRegisters))
            return false;
        steps.Add(new DenseStep.Layer((int)inputSize, (int)outputSize, weight, bias));
        return true;
    }
}
