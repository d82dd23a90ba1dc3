using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// The posteriors of many layers in one storage, those under one prior next to each other: <see cref="Mean"/> and <see cref="LogVariance"/> are flat,
/// and the layers' own parameters are views of them. The chain rule from drawn weights to mu and log_var, the gradient of
/// the KL divergence and the optimizer then take a few operations whatever the number of layers.
/// </summary>
/// <remarks>Owns the flat tensors; the layers keep their views, and so the storage, after it is disposed.</remarks>
internal sealed class FlatPosterior : IDisposable
{
    private readonly Tensor _stddev;
    private readonly Tensor _accumulated;
    private readonly Tensor _meanGradient;
    private readonly Tensor _logVarianceGradient;
    private readonly Tensor _deviationGradient;
    private readonly List<Parameter> _views = [];
    private readonly List<PriorSpan> _spans = [];
    private readonly Dictionary<Tensor, PosteriorSlice> _slices = new(ReferenceEqualityComparer.Instance);

    /// <summary>Moves the parameters of <paramref name="parts"/> into one storage. Their values, names and shapes stay.</summary>
    /// <param name="parts">Their priors are <see cref="IKlGradient"/>; their parameters share a type and a device.</param>
    public FlatPosterior(IEnumerable<LayerPosterior> parts)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var groups = parts.GroupBy(part => part.Prior, (IEqualityComparer<Prior>)ReferenceEqualityComparer.Instance).ToArray();
        var ordered = groups.SelectMany(group => group).ToArray();
        Mean = new Parameter(cat([.. ordered.Select(part => part.Posterior.Mean.flatten())], 0)).Owned();
        LogVariance = new Parameter(cat([.. ordered.Select(part => part.Posterior.LogVariance.flatten())], 0)).Owned();
        _stddev = zeros_like(Mean).Owned();
        // One block, which one call clears: the gradients in mu and in log_var, and what is added up on the way to the second.
        _accumulated = zeros([3, Mean.numel()], Mean.dtype, Mean.device).Owned();
        Gradient = _accumulated.narrow(0, 0, 2).Owned();
        _meanGradient = _accumulated.select(0, 0).Owned();
        _logVarianceGradient = _accumulated.select(0, 1).Owned();
        _deviationGradient = _accumulated.select(0, 2).Owned();
        Mean.grad = _meanGradient;
        LogVariance.grad = _logVarianceGradient;

        long start = 0;
        foreach (var group in groups)
        {
            long length = group.Sum(part => part.Posterior.Mean.numel());
            _spans.Add(new PriorSpan((IKlGradient)group.Key, start, length, Mean, LogVariance, _meanGradient, _logVarianceGradient));
            start += length;
        }

        start = 0;
        foreach (var (posterior, _, replace) in ordered)
        {
            long[] shape = posterior.Shape;
            long from = start, length = posterior.Mean.numel();
            Tensor View(Tensor flat) => flat.detach().narrow(0, from, length).view(shape);
            var mean = new Parameter(View(Mean)) { grad = View(_meanGradient) };
            var logVariance = new Parameter(View(LogVariance)) { grad = View(_logVarianceGradient) };
            replace(mean, logVariance);
            _views.AddRange([mean, logVariance]);
            _slices.Add(mean, new PosteriorSlice(View(_stddev).Owned(), View(_meanGradient).Owned(), View(_deviationGradient).Owned()));
            start += length;
        }
    }

    /// <summary>mu of all layers, one after the other: what an optimizer steps.</summary>
    public Parameter Mean { get; }

    /// <summary>log sigma² of all layers, one after the other: what an optimizer steps.</summary>
    public Parameter LogVariance { get; }

    /// <summary>What the optimizer steps along: the gradients in <see cref="Mean"/> and in <see cref="LogVariance"/>, a row each.</summary>
    public Tensor Gradient { get; }

    /// <summary>Gets ready for a pass: sigma is that of now, the gradients are zero.</summary>
    /// <exception cref="InvalidOperationException">A layer's parameter was replaced or frozen since.</exception>
    public void Begin()
    {
        foreach (var view in _views)
        {
            if (view.IsInvalid)
                throw VariationalStep.ParametersReplaced();
            if (!view.requires_grad)
                throw new InvalidOperationException(
                    "A layer's parameter was frozen after this step was made; freeze with requires_grad = false before making a VariationalStep.");
        }
        _stddev.copy_(LogVariance).mul_(Scalars.Half).exp_();
        _accumulated.zero_();
    }

    /// <summary>The part of one parameter, if it is one of these.</summary>
    public PosteriorSlice? Find(MeanFieldNormal posterior) => _slices.GetValueOrDefault(posterior.Mean);

    /// <summary>
    /// Completes the gradients. With w = mu + sigma · eps and sigma = exp(log_var / 2):
    /// ∂w/∂mu = 1 and ∂w/∂log_var = ½ sigma · eps; and those of klWeight · KL are added.
    /// </summary>
    /// <returns>KL(q ‖ p), unweighted: a scalar.</returns>
    public Tensor End(double klWeight)
    {
        using var scope = NewDisposeScope();
        _logVarianceGradient.addcmul_(_deviationGradient, _stddev, Scalars.Half);
        var variance = _stddev.mul(_stddev);
        return _spans.Select(span => span.AddKlGradient(variance, klWeight)).Aggregate((sum, next) => sum.add(next, Scalars.One)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var slice in _slices.Values)
            slice.Dispose();
        foreach (var span in _spans)
            span.Dispose();
        foreach (var tensor in new[] { Mean, LogVariance, _stddev, _accumulated, Gradient, _meanGradient, _logVarianceGradient, _deviationGradient })
            tensor.Dispose();
    }
}
