using System.Runtime.Intrinsics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Kernels;
using Bayes.Layers.Modules;
using Bayes.Layers.Posteriors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>
/// A fully connected network whose passes managed code computes (decision 18): for a small network, the overhead of libtorch's operations exceeds
/// the arithmetic. Equal to <see cref="BayesianModule.Sample(Tensor, Estimator)"/> of the model, up to rounding.
/// </summary>
internal sealed class DenseNetwork
{
    // Measured up to this width, with registers of 256 bits or more (decision 18).
    private const long MostFeatures = 1024;
    private const long MostFeaturesOfNarrowRegisters = 64;

    // With fewer rows, registers are almost empty, and torch's product of a matrix and a vector is faster if a layer is wider than this.
    private const long FewRows = 4;
    private const long NarrowFeatures = 16;

    // Rough times in nanoseconds: drawing a weight, a product, a function of an element, and the work that is worth starting threads.
    private const double PerWeight = 1, PerProduct = 0.01, PerElement = 0.2, WorthThreads = 1e6;

    private readonly (DenseStep.Layer Shape, Source Weight, Source? Bias)[] _layers;
    private readonly DenseStep[] _steps;
    private readonly DenseKernel _kernel;

    private DenseNetwork(IReadOnlyList<Part> parts)
    {
        _layers = [.. LayersOf(parts)];
        _steps = [.. parts.Select(part => part.Step)];
        _kernel = DenseKernel.Of(_steps);
    }

    /// <summary>
    /// Returns the network that modules form one after the other: <see cref="BayesianLinear"/>, <c>Linear</c>, <c>Identity</c> and those with an
    /// <see cref="ElementFunction"/>, also inside <see cref="BayesianSequential"/> and <c>Sequential</c>, and in a
    /// <see cref="WeightSpaceModule"/> of these, without hooks, the first of the layers random, at most 1024 features wide (64 with registers of 128
    /// bits), in single precision on the CPU. Returns null if they are anything else.
    /// </summary>
    /// <param name="modules">The modules, in evaluation mode.</param>
    /// <param name="input">What passes through them.</param>
    public static DenseNetwork? TryOf(IReadOnlyList<nn.Module<Tensor, Tensor>> modules, RowsOfInput input)
    {
        if (input.RowShape is not [long width] || input.Type != ScalarType.Float32 || input.Device != DeviceType.CPU)
            return null;
        var parts = new List<Part>();
        if (!modules.All(module => AddParts(module, parts, NoPosterior)) || parts is not [{ Step: DenseStep.Layer { IsDrawn: true } }, ..])
            return null;
        foreach (var (shape, weight, bias) in LayersOf(parts))
        {
            if (shape.InputSize != width || !weight.IsPlain || bias is { IsPlain: false })
                return null;
            width = shape.OutputSize;
        }
        return new DenseNetwork(parts);
    }

    /// <summary>
    /// Determines whether <see cref="Sample"/> is fast for so many rows: for at least four, or a narrow network. With fewer, registers are almost
    /// empty.
    /// </summary>
    public bool IsFastFor(long rows) =>
        rows >= FewRows || _layers.All(layer => Math.Max(layer.Shape.InputSize, layer.Shape.OutputSize) <= NarrowFeatures);

    /// <summary>Returns the kernel for few rows.</summary>
    public FewRowsKernel ForFewRows() => FewRowsKernel.Of(_steps);

    /// <summary>Draws the weights, and arranges them for a kernel of <see cref="ForFewRows"/>.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="draws">The draws, bound to the model, whose parameters no other thread changes meanwhile.</param>
    public float[] Arrange(FewRowsKernel kernel, PosteriorDraws draws)
    {
        using var scope = NewDisposeScope();
        var drawn = Drawn(draws);
        float[] arranged = kernel.Arrange(new DenseWeights([.. _layers.Select(layer => layer.Shape)], drawn), draws.Samples);
        GC.KeepAlive(drawn);
        return arranged;
    }

    /// <summary>
    /// Returns what the arranged weights depend on, apart from values and names: the layers, and the posteriors or the given weights.
    /// </summary>
    public IEnumerable<object> WhatIsArranged() => _layers.SelectMany(layer => new object?[]
    {
        layer.Shape, layer.Weight.Posterior?.GetType(), layer.Weight.Tensor, layer.Bias?.Posterior?.GetType(), layer.Bias?.Tensor,
    }).OfType<object>();

    /// <summary>Gets the number of features of the output.</summary>
    public int OutputSize => _layers[^1].Shape.OutputSize;

    /// <summary>Gets the bytes of the weights of one draw.</summary>
    public long BytesPerDraw => sizeof(float) * _layers.Sum(layer => (long)layer.Shape.Length);

    /// <summary>Gets the bytes of one row's output for one draw, with those of summing it up: what lies between layers stays in a cache.</summary>
    public long BytesPerRow => PassMeasure.RowBytes(largestBytes: sizeof(float) * OutputSize, OutputSize);

    /// <summary>Determines whether a prediction takes so long that it is worth starting threads.</summary>
    public bool IsWorthThreads(int draws, long rows) =>
        draws * _layers.Sum(layer => layer.Shape.Length * PerWeight
            + rows * (layer.Shape.WeightLength * PerProduct + layer.Shape.OutputSize * PerElement)) >= WorthThreads;

    /// <summary>Passes an input through draws of the model's posterior.</summary>
    /// <param name="input"><c>[B, in]</c>.</param>
    /// <param name="draws">The draws, bound to the model.</param>
    /// <param name="hold">Keeps other threads from changing the model's parameters while weights are drawn; may return null.</param>
    /// <returns><c>[S, B, out]</c>, with features before rows in memory.</returns>
    public Tensor Sample(Tensor input, PosteriorDraws draws, Func<IDisposable?>? hold = null)
    {
        using var scope = NewDisposeScope();
        int rows = (int)input.shape[0];
        var output = empty([draws.Samples, OutputSize, rows], ScalarType.Float32, CPU);
        // A tensor, because it begins at the beginning of a cache line, so that no register is loaded from two lines.
        var room = empty([_kernel.RoomLength], ScalarType.Float32, CPU);
        (Tensor, Tensor?)[] drawn;
        using (hold?.Invoke())
            drawn = Drawn(draws);
        var weights = new DenseWeights([.. _layers.Select(layer => layer.Shape)], drawn);
        _kernel.Pass(input.contiguous().AsSpan<float>(), rows, weights, draws.Samples, room.AsSpan<float>(), output.AsSpan<float>());
        GC.KeepAlive(drawn);
        return output.transpose(1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Gets whether <see cref="Moments"/> is exact for each layer: its weights are independent, and used by no other layer.
    /// </summary>
    public bool HasMoments
    {
        get
        {
            WeightPosterior[] posteriors =
                [.. _layers.SelectMany(layer => new[] { layer.Weight.Posterior, layer.Bias?.Posterior }).OfType<WeightPosterior>()];
            return posteriors.All(each => each.MeanField?.LogVariance.IsPlain(ScalarType.Float32) == true)
                && posteriors.DistinctBy(each => each.Mean, ReferenceEqualityComparer.Instance).Count() == posteriors.Length;
        }
    }

    /// <summary>Passes means and variances through the network, if <see cref="HasMoments"/>, on as many threads as torch may use.</summary>
    /// <param name="input"><c>[B, in]</c>, known exactly.</param>
    /// <returns><c>[B, out]</c> each.</returns>
    public Moments Moments(Tensor input)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var kernel = DenseMoments.Of(_steps);
        int rows = (int)input.shape[0], inputs = _layers[0].Shape.InputSize, outputs = OutputSize, tile = kernel.TileRows;
        Tensor plain = input.contiguous(), means = empty([rows, outputs], ScalarType.Float32, CPU), variances = empty_like(means);
        (Tensor, Tensor?)[] ofMeans = [.. _layers.Select(layer => (layer.Weight.Tensor, layer.Bias?.Tensor))];
        var weights = new DenseWeights([.. _layers.Select(layer => layer.Shape)], ofMeans);
        using var squares = new SquaredWeights();
        foreach (var (shape, weight, bias) in _layers)
            squares.Add(
                weight.Tensor.AsSpan<float>(), weight.LogVariance(), bias is null ? [] : bias.LogVariance(), shape.HasBias ? shape.OutputSize : 0);
        TensorMemory<float> from = plain.AsMemory<float>(), toMeans = means.AsMemory<float>(), toVariances = variances.AsMemory<float>();
        int tiles = (rows + tile - 1) / tile;
        int threads = TorchTeam.IsAvailable && IsWorthThreads(1, rows) ? Math.Min(tiles, get_num_threads()) : 1;
        // A tensor, as for draws; one for each tile that is passed at a time.
        var rooms = empty([threads, kernel.RoomLength], ScalarType.Float32, CPU);
        var room = rooms.AsMemory<float>();
        if (threads == 1)
            Pass(0, tiles);
        else
            TorchTeam.ForEach(threads, threads, Share);
        GC.KeepAlive((plain, ofMeans, rooms));
        return new Moments(means, variances).MoveToOuter(scope);

        void Share(int thread) => Pass(thread, tiles);

        void Pass(int first, int end)
        {
            for (int i = first; i < end; i += threads)
            {
                int row = i * tile, count = Math.Min(tile, rows - row);
                kernel.Pass(
                    from.Slice((long)row * inputs, count * inputs), count, weights, squares,
                    room.Slice((long)first * kernel.RoomLength, kernel.RoomLength),
                    toMeans.Slice((long)row * outputs, count * outputs), toVariances.Slice((long)row * outputs, count * outputs));
            }
        }
    }

    private (Tensor Weight, Tensor? Bias)[] Drawn(PosteriorDraws draws) =>
        [.. _layers.Select(layer => (layer.Weight.Of(draws), layer.Bias?.Of(draws)))];

    private static IEnumerable<(DenseStep.Layer Shape, Source Weight, Source? Bias)> LayersOf(IEnumerable<Part> parts) =>
        from part in parts
        where part.Step is DenseStep.Layer
        select ((DenseStep.Layer)part.Step, part.Weight!, part.Bias);

    private static WeightPosterior? NoPosterior(Parameter parameter) => null;

    // False if a module is not known.
    private static bool AddParts(nn.Module<Tensor, Tensor> module, List<Part> parts, Func<Parameter, WeightPosterior?> posteriorOf)
    {
        if (!ModuleHooks.HasNone(module))
            return false;
        switch (module)
        {
            case BayesianSequential sequence:
                return sequence.Walk().All(step => AddParts(step, parts, posteriorOf));
            case WeightSpaceModule { LastLayerPath: null, Network: nn.Module<Tensor, Tensor> network } space:
                var random = space.OwnVariables.ToDictionary(
                    variable => ParameterIdentity.Of((Parameter)variable.Posterior.Mean), variable => variable.Posterior);
                return AddParts(network, parts, parameter => random.GetValueOrDefault(ParameterIdentity.Of(parameter)));
            case Sequential sequence when sequence.GetType() == typeof(Sequential):
                var children = sequence.children().Cast<nn.Module<Tensor, Tensor>>().ToList();
                return children.Count > 0 && children.All(child => AddParts(child, parts, posteriorOf));
            case BayesianLinear layer:
                Source? drawn = layer.BiasPosterior is { } bias ? new(bias, null) : null;
                return AddLayer(layer.InputSize, layer.OutputSize, new(layer.WeightPosterior, null), drawn, parts);
            case Linear layer when layer.GetType() == typeof(Linear):
                var weight = new Source(posteriorOf(layer.weight), layer.weight);
                Source? given = layer.bias is { } own ? new(posteriorOf(own), own) : null;
                // The kernel draws both or neither.
                return (given is null || given.Posterior is null == weight.Posterior is null)
                    && AddLayer(layer.weight.shape[1], layer.weight.shape[0], weight, given, parts);
            case Identity:
                return true;
        }
        if (KnownModules.FunctionOf(module) is not { } function)
            return false;
        parts.Add(new Part(new DenseStep.Elementwise(function)));
        return true;
    }

    private static bool AddLayer(long inputSize, long outputSize, Source weight, Source? bias, List<Part> parts)
    {
        if (Math.Max(inputSize, outputSize) > (Vector256.IsHardwareAccelerated ? MostFeatures : MostFeaturesOfNarrowRegisters))
            return false;
        parts.Add(new Part(new DenseStep.Layer((int)inputSize, (int)outputSize, bias is not null, weight.Posterior is not null), weight, bias));
        return true;
    }

    /// <summary>A step, and where a layer's weights come from.</summary>
    private sealed record Part(DenseStep Step, Source? Weight = null, Source? Bias = null);

    /// <summary>Where weights come from.</summary>
    /// <param name="Posterior">The posterior that they are drawn from; null if they are given.</param>
    /// <param name="Given">The given ones, a module's own; null if they are drawn.</param>
    private sealed record Source(WeightPosterior? Posterior, Tensor? Given)
    {
        /// <summary>Gets whether managed code can read them.</summary>
        public bool IsPlain => Tensor.IsPlain(ScalarType.Float32);

        /// <summary>Gets the mean of the posterior, or the given weights.</summary>
        public Tensor Tensor => Posterior?.Mean ?? Given!;

        /// <summary>Returns the logarithms of the variances of independent weights; empty for given ones.</summary>
        public ReadOnlySpan<float> LogVariance() => Posterior is null ? [] : Posterior.MeanField!.LogVariance.AsSpan<float>();

        /// <summary>Returns those of one draw after the other, or the given ones.</summary>
        public Tensor Of(PosteriorDraws draws) => Posterior is null ? Given! : draws.Weights(Posterior);
    }
}
