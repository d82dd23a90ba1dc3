using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// Functions drawn from the posterior that have names: draw k of a seed is a function of (seed, k) alone. It has the same
/// weights, to the bit, however many draws are asked for, in whatever blocks and order and on any number of threads, so that work can
/// be split by draws and put together again (<c>Predictive.Merge</c>). On another machine the noise is the same to the bit, and the
/// weights up to the rounding of its exp. Every call passes its input through the same functions, until disposed.
/// </summary>
/// <remarks>
/// Noise is counter-based (<c>Philox4x32-10</c>: Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3"); each
/// parameter has a stream of its own, named by its path in the model, as in <c>state_dict</c>. The model is the first one whose
/// <c>Sample</c> is called with the draws; models of equal architecture and seed see equal noise. A parameter's weights are drawn
/// when first met, and stay as they are also if the model is trained on. For prediction: the draws carry no gradient.
/// Owns the drawn weights: dispose it. Not to be shared between threads.
/// </remarks>
public sealed class PosteriorDraws : Estimator, IDisposable
{
    private readonly Dictionary<Tensor, Tensor> _draws = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Tensor, Tensor> _stddevs = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Tensor, ulong> _streams;
    private readonly Dictionary<nn.Module, ulong> _moduleStreams;
    private readonly PosteriorDraws? _whole;
    private readonly bool _keepsWeights = true;
    private readonly Dictionary<Tensor, long> _rowCounts = new(ReferenceEqualityComparer.Instance);
    private nn.Module? _model;
    private bool _disposed;

    /// <summary>Draws <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> − 1 of a seed.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="count">S, how many draws; at least 1.</param>
    /// <param name="first">The number of the first one; at least 0.</param>
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

    /// <summary>The seed.</summary>
    public long Seed { get; }

    /// <summary>The number of the first draw.</summary>
    public int First { get; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"PosteriorDraws(seed={Seed}, count={Samples}, first={First})");

    /// <summary>Always false: the draws are fixed.</summary>
    public override bool CarriesGradient => false;

    /// <summary>
    /// Says whose functions these are. <c>model.Sample</c> does it by itself; needed only where the first call is to a part of the
    /// model, whose parameters are to be named by their path in the whole.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <exception cref="InvalidOperationException">They are another model's.</exception>
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
    /// Some of these draws, of the same model, with weights of their own: different parts may be used on different threads at a time, and one
    /// part on several. Disposed before the whole.
    /// </summary>
    /// <param name="offset">How many of these draws come before; the whole is bound to its model.</param>
    /// <param name="count">How many draws; at least 1.</param>
    /// <param name="keepsWeights">Whether weights stay once drawn; otherwise each use draws the same ones anew, and they end with it.</param>
    internal PosteriorDraws Part(int offset, int count, bool keepsWeights) => new(this, offset, count, keepsWeights);

    /// <summary>
    /// Computes sigma of the posteriors' independent weights once for all parts; belongs before their first use.
    /// </summary>
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
            foreach (var (name, parameter) in model.named_parameters())
                _streams.TryAdd(parameter, NamedNormals.Stream(name));
            // No parameter has such a name: the streams of the two are apart.
            foreach (var (name, module) in model.named_modules().Append((name: "", module: model)))
                _moduleStreams.TryAdd(module, NamedNormals.Stream(name + "."));
            _model = model;
        }
        else if (model.named_parameters().FirstOrDefault(each => !_streams.ContainsKey(each.parameter)) is (string name, _))
        {
            RefuseReplaced();
            throw new InvalidOperationException(
                $"The draws are functions of a {_model.GetName()}, and {model.GetName()} has a parameter {name} that is none of its; make PosteriorDraws for each model, "
                + "or Bind them to the whole before a part of it is called.");
        }
    }

    /// <summary>Noise of the module's own stream, named by its path in the model; the same at every call.</summary>
    /// <inheritdoc/>
    public override Tensor StandardNormal(nn.Module owner, ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _moduleStreams.TryGetValue(owner, out ulong stream)
            ? NamedNoise.StandardNormal(Seed, stream, First, Samples, shape, dtype, device)
            : throw new InvalidOperationException($"A {owner.GetName()} is no part of the model that the draws are of; call model.Sample, or Bind the draws to the model.");
    }

    /// <inheritdoc/>
    protected override Func<Tensor, Tensor> FixWeights(Pass pass, BilinearMap map, WeightPosterior weight, WeightPosterior? bias)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var biases = bias is null ? null : Weights(bias);
        if (map.UsesRows)
            return input =>
            {
                using var scope = NewDisposeScope();
                var rows = map.RowsOf(input);
                return (TryDrawRows(weight, rows) is { } few ? map.ApplyRowsPerDraw(input, rows, few, biases)
                    : map.ApplyPerDraw(input, Weights(weight), biases))
                    .MoveToOuterDisposeScope();
            };
        Tensor weights = Weights(weight);
        return input => map.ApplyPerDraw(input, weights, biases);
    }

    /// <summary>
    /// Draws some rows of a weight, if that is less work than to draw the whole one, which is kept for other inputs, and if the posterior can;
    /// otherwise returns null.
    /// </summary>
    private Tensor? TryDrawRows(WeightPosterior posterior, Tensor rows)
    {
        lock (_draws)
        {
            long drawn = _rowCounts.GetValueOrDefault(posterior.Mean) + rows.shape[0];
            if (_draws.ContainsKey(posterior.Mean) || drawn > posterior.Shape[0] / 2)
                return null;
            _rowCounts[posterior.Mean] = drawn;
        }
        using var noGrad = no_grad();
        return posterior.DrawNamedRows(Named, rows);
    }

    /// <summary>The drawn weights, <c>[S, …shape]</c>, which stay the draws' own; of a part that keeps none, the caller's dispose scope's.</summary>
    internal Tensor Weights(WeightPosterior posterior)
    {
        // Threads of one prediction may meet a posterior at a time; whoever comes first draws.
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
        RefuseReplaced();
        throw new InvalidOperationException(
            $"A posterior's parameter of shape {Shapes.Describe(parameter.shape)} is no parameter of the model that the draws are of; call "
                + $"model.Sample, or Bind the draws to the model.");
    }

    private void RefuseReplaced()
    {
        if (_streams.Keys.Any(parameter => parameter.IsInvalid))
            throw new InvalidOperationException(
                "The model's parameters were replaced after functions were drawn from them, as .to(...) and a new VariationalStep do; make new PosteriorDraws.");
    }
}
