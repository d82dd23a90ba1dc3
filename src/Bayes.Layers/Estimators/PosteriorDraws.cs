using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// Functions drawn from the posterior that have names: draw k of a seed is a function of (seed, k) alone. Its weights are the same to the bit for
/// any number of draws, in any blocks and order, and on any number of threads, so work can be split by draws and merged again
/// (<c>Predictive.Merge</c>). On another machine the noise is the same to the bit, and the weights are up to the rounding of exp. Every call passes
/// its input through the same functions, until the draws are disposed.
/// </summary>
/// <remarks>
/// Noise is counter-based (<c>Philox4x32-10</c>: Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3"). Each parameter has its own
/// stream, named by its path in the model, as in <c>state_dict</c>. The model is the first one whose <c>Sample</c> is called with the draws; models
/// of equal architecture and seed see equal noise. The weights of a parameter are drawn at their first use, and stay unchanged even if the model is
/// trained further. The draws are for prediction: they carry no gradient. They own the drawn weights: dispose them. They must not be shared between
/// threads.
/// </remarks>
public sealed class PosteriorDraws : Estimator, IDisposable
{
    /// <summary>A weight is drawn whole if inputs use more than one in so many of its rows.</summary>
    internal const int ShareOfRows = 2;

    private readonly Dictionary<Tensor, Tensor> _draws = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Tensor, Tensor> _stddevs = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Tensor, ulong> _streams;
    private readonly Dictionary<nn.Module, ulong> _moduleStreams;
    private readonly PosteriorDraws? _whole;
    private readonly bool _keepsWeights = true;
    private readonly Dictionary<Tensor, long> _rowCounts = new(ReferenceEqualityComparer.Instance);
    private nn.Module? _model;
    private bool _disposed;

    /// <summary>Creates the draws <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> − 1 of a seed.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="count">S, the number of draws; at least 1.</param>
    /// <param name="first">The number of the first draw; at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public PosteriorDraws(long seed, int count, int first = 0) : base(count)
    {
        Seed = seed;
        First = Require.FirstDraw(first, count);
        _streams = new(ReferenceEqualityComparer.Instance);
        _moduleStreams = new(ReferenceEqualityComparer.Instance);
    }

    private PosteriorDraws(PosteriorDraws whole, int offset, int count, bool keepsWeights) : base(count)
    {
        Seed = whole.Seed;
        First = whole.First + offset;
        (_whole, _model, _keepsWeights) = (whole, whole._model, keepsWeights);
        (_streams, _moduleStreams) = (whole._streams, whole._moduleStreams);
    }

    /// <summary>Gets the seed.</summary>
    public long Seed { get; }

    /// <summary>Gets the number of the first draw.</summary>
    public int First { get; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"PosteriorDraws(seed={Seed}, count={Samples}, first={First})");

    /// <summary>Always false: the draws are fixed.</summary>
    public override bool CarriesGradient => false;

    /// <summary>
    /// Sets the model that the functions belong to. <c>model.Sample</c> does so itself; call this only if the first call is to a part of the model,
    /// whose parameters should be named by their path in the whole.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <exception cref="InvalidOperationException">The draws belong to another model.</exception>
    public void Bind(nn.Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Begin(model);
    }

    /// <summary>Frees the drawn weights.</summary>
    public void Dispose()
    {
        _disposed = true;
        foreach (var tensor in _draws.Values.Concat(_stddevs.Values))
            tensor.Dispose();
        _draws.Clear();
        _stddevs.Clear();
        _rowCounts.Clear();
        _model = null;
        if (_whole is not null)
            return;
        _streams.Clear();
        _moduleStreams.Clear();
    }

    /// <summary>
    /// Returns some of these draws, of the same model, with weights of their own. Threads may use different parts, or share one. Dispose the parts
    /// before the whole.
    /// </summary>
    /// <param name="offset">Number of these draws before the part. The whole must be bound to its model.</param>
    /// <param name="count">Number of draws of the part; at least 1.</param>
    /// <param name="keepsWeights">
    /// Whether the part keeps its weights; otherwise each use draws the same ones again, and they live as long as the use.
    /// </param>
    internal PosteriorDraws Part(int offset, int count, bool keepsWeights) => new(this, offset, count, keepsWeights);

    /// <summary>Computes sigma of the posteriors' independent weights once for all parts. Call it before the first use of a part.</summary>
    internal void KeepStddevs(IEnumerable<WeightPosterior> posteriors)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var posterior in posteriors)
            if (posterior.Parts is { } parts && !_stddevs.ContainsKey(posterior.Mean))
                _stddevs.Add(posterior.Mean, parts.Independent.Stddev().Owned());
    }

    /// <inheritdoc/>
    internal override void Begin(nn.Module model)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (ReferenceEquals(_model, model))
            return;
        if (_model is null)
        {
            (string Path, nn.Module Module)[] modules = [.. model.named_modules(), ("", model)];
            foreach (var (path, module) in modules)
                if (module is IStreamNames names)
                    foreach (var (name, parameter) in names.StreamNames)
                        _streams.TryAdd(parameter, NamedNormals.Stream(path.Length == 0 ? name : $"{path}.{name}"));
            foreach (var (name, parameter) in model.named_parameters())
                _streams.TryAdd(parameter, NamedNormals.Stream(name));
            // No parameter has a name that ends in a dot, so modules and parameters have different streams.
            foreach (var (name, module) in modules)
                _moduleStreams.TryAdd(module, NamedNormals.Stream(name + "."));
            _model = model;
        }
        else if (model.named_parameters().FirstOrDefault(each => !_streams.ContainsKey(each.parameter)) is (string name, _))
        {
            ThrowIfReplaced();
            throw new InvalidOperationException(
                $"The draws belong to a {_model.GetName()}, and {model.GetName()} has the parameter {name}, which is not part of it; "
                + "make PosteriorDraws for each model, or Bind them to the whole before a part of it is called.");
        }
    }

    /// <summary>Returns noise of the module's own stream, named by its path in the model; the same at every call.</summary>
    /// <inheritdoc/>
    public override Tensor StandardNormal(nn.Module owner, ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _moduleStreams.TryGetValue(owner, out ulong stream)
            ? NamedNoise.StandardNormal(Seed, stream, First, Samples, shape, dtype, device)
            : throw new InvalidOperationException(
                $"A {owner.GetName()} is not part of the draws' model; call model.Sample, or Bind the draws to the model.");
    }

    /// <inheritdoc/>
    public override Tensor DrawWeights(Pass pass, WeightPosterior posterior)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Weights(posterior);
    }

    /// <inheritdoc/>
    protected override Func<Tensor, Tensor> FixWeights(Pass pass, BilinearMap map, WeightPosterior weight, WeightPosterior? bias)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (map.UsesRows)
        {
            var biases = bias is null ? null : Weights(bias);
            return input =>
            {
                using var scope = NewDisposeScope();
                var rows = map.RowsOf(input);
                return (TryDrawRows(weight, rows) is { } drawnRows ? map.ApplyRowsPerDraw(input, rows, drawnRows, biases)
                    : map.ApplyPerDraw(input, Weights(weight), biases))
                    .MoveToOuterDisposeScope();
            };
        }
        return Draw(weight, bias).With(map);
    }

    /// <inheritdoc/>
    internal override DrawnWeights? TryDraw(Pass pass, WeightPosterior weight, WeightPosterior? bias)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Draw(weight, bias);
    }

    private DrawnWeights Draw(WeightPosterior weight, WeightPosterior? bias) =>
        new(Weights(weight), bias is null ? null : Weights(bias), ArePerDraw: true);

    /// <summary>
    /// Draws some rows of a weight. Returns null if the posterior cannot do so, or if drawing the whole weight, which is kept for other inputs, is
    /// less work.
    /// </summary>
    private Tensor? TryDrawRows(WeightPosterior posterior, Tensor rows)
    {
        if (!posterior.DrawsRows)
            return null;
        lock (_draws)
        {
            long drawn = _rowCounts.GetValueOrDefault(posterior.Mean) + rows.shape[0];
            if (_draws.ContainsKey(posterior.Mean) || drawn > posterior.Shape[0] / ShareOfRows)
                return null;
            _rowCounts[posterior.Mean] = drawn;
        }
        using var noGrad = no_grad();
        return posterior.DrawNamedRows(Named, rows);
    }

    /// <summary>
    /// Returns the drawn weights, <c>[S, …shape]</c>. They belong to the draws, or to the caller's dispose scope if these are a part that keeps no
    /// weights.
    /// </summary>
    internal Tensor Weights(WeightPosterior posterior)
    {
        // Several threads of one prediction may need the weights: the first one draws.
        lock (_draws)
        {
            if (_draws.TryGetValue(posterior.Mean, out var known))
                return known;
            using var noGrad = no_grad();
            var draws = posterior.DrawNamed(Named, (_whole ?? this)._stddevs.GetValueOrDefault(posterior.Mean));
            if (_keepsWeights)
                _draws.Add(posterior.Mean, draws.Owned());
            return draws;
        }
    }

    private NamedDraws Named => new(Seed, First, Samples, StreamOf);

    private ulong StreamOf(Tensor parameter)
    {
        if (_streams.TryGetValue(parameter, out ulong stream))
            return stream;
        ThrowIfReplaced();
        throw new InvalidOperationException(
            $"A posterior's parameter of shape {Shapes.Describe(parameter.shape)} is not a parameter of the draws' model; "
            + "call model.Sample, or Bind the draws to the model.");
    }

    private void ThrowIfReplaced()
    {
        if (_streams.Keys.Any(parameter => parameter.IsInvalid))
            throw new InvalidOperationException(
                "The model's parameters were replaced after functions were drawn from them, as .to(...) and a new VariationalStep do; "
                + "make new PosteriorDraws.");
    }
}
