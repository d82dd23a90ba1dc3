using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// The posteriors of many layers in one storage, where those under one prior are next to each other: <see cref="Mean"/> and
/// <see cref="LogVariance"/> are flat, and the layers' own parameters are views of them. The chain rule from drawn weights to mu and log_var, the
/// gradient of the KL divergence and the optimizer then take a few operations for any number of layers.
/// </summary>
/// <remarks>Owns the flat tensors; the layers keep their views, and so the storage, after it is disposed.</remarks>
internal sealed class FlatPosterior : IDisposable
{
    private readonly List<Parameter> _views = [];
    private readonly List<PriorSpan> _spans = [];
    private readonly List<PosteriorSlice> _slices = [];
    private readonly Dictionary<Tensor, PosteriorSlice> _sliceOfMean = new(ReferenceEqualityComparer.Instance);

    /// <summary>Creates the storage and moves the parameters of <paramref name="parts"/> into it. Their values, names and shapes stay.</summary>
    /// <param name="parts">
    /// Weights whose posteriors are <see cref="MeanFieldNormal"/>, whose priors are <see cref="IKlGradient"/>, and whose parameters share a type and
    /// a device.
    /// </param>
    public FlatPosterior(IEnumerable<WeightVariable> parts)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var groups = parts.GroupBy(part => part.Prior, (IEqualityComparer<Prior>)ReferenceEqualityComparer.Instance).ToArray();
        var ordered = groups.SelectMany(group => group).ToArray();
        Mean = new Parameter(cat([.. ordered.Select(part => part.Posterior.Mean.flatten())], 0)).Owned();
        LogVariance = new Parameter(cat([.. ordered.Select(part => part.Posterior.MeanField!.LogVariance.flatten())], 0)).Owned();
        Gradient = zeros([2, Mean.numel()], Mean.dtype, Mean.device).Owned();
        MeanGradient = Gradient.select(0, 0).Owned();
        LogVarianceGradient = Gradient.select(0, 1).Owned();
        Mean.grad = MeanGradient;
        LogVariance.grad = LogVarianceGradient;

        long start = 0;
        foreach (var group in groups)
        {
            long length = group.Sum(part => part.Posterior.Mean.numel());
            _spans.Add(new PriorSpan(_spans.Count, group.Key, start, length, Mean, LogVariance, MeanGradient, LogVarianceGradient));
            start += length;
        }

        start = 0;
        foreach (var (_, posterior, _, replace) in ordered)
        {
            long[] shape = posterior.Shape;
            long from = start, length = posterior.Mean.numel();
            Tensor View(Tensor flat) => flat.detach().narrow(0, from, length).view(shape);
            var mean = new Parameter(View(Mean)) { grad = View(MeanGradient) };
            var logVariance = new Parameter(View(LogVariance)) { grad = View(LogVarianceGradient) };
            replace([mean, logVariance]);
            _views.AddRange([mean, logVariance]);
            var slice = new PosteriorSlice(_slices.Count, start, length, shape, _spans.Last(span => span.Start <= from));
            _slices.Add(slice);
            _sliceOfMean.Add(mean, slice);
            start += length;
        }
    }

    /// <summary>Determines whether one storage can hold everything in a model that has a KL divergence.</summary>
    public static bool CanHold(BayesianModule model)
    {
        Parameter[] parameters = [.. model.BayesianModules().OfType<BayesianLayer>().SelectMany(layer => layer.parameters(recurse: false))];
        return parameters.Length > 0
            && model.Variables().All(variable => variable.Prior is IKlGradient && variable.Posterior.MeanField is not null)
            && parameters.All(parameter => parameter.requires_grad)
            && parameters.Select(parameter => (parameter.dtype, parameter.device_type, parameter.device_index)).Distinct().Count() == 1
            && parameters.Select(parameter => parameter.Handle).Distinct().Count() == parameters.Length
            && !model.BayesianModules().Any(module => module.HasOwnKlDivergence);
    }

    /// <summary>Gets the layers' own parameters, which are views of the storage.</summary>
    public IReadOnlyList<Parameter> Views => _views;

    /// <summary>Gets mu of all layers, one after the other, which the optimizer steps.</summary>
    public Parameter Mean { get; }

    /// <summary>Gets log sigma² of all layers, one after the other, which the optimizer steps.</summary>
    public Parameter LogVariance { get; }

    /// <summary>Gets the gradients of <see cref="Mean"/> and <see cref="LogVariance"/>, a row each.</summary>
    public Tensor Gradient { get; }

    /// <summary>Gets the first row of <see cref="Gradient"/>.</summary>
    public Tensor MeanGradient { get; }

    /// <summary>Gets the second row of <see cref="Gradient"/>.</summary>
    public Tensor LogVarianceGradient { get; }

    /// <summary>Gets the place of each weight tensor.</summary>
    public IReadOnlyList<PosteriorSlice> Slices => _slices;

    /// <summary>Gets the part under each prior.</summary>
    public IReadOnlyList<PriorSpan> Spans => _spans;

    /// <summary>Refuses views that are no longer the layers' trainable parameters.</summary>
    /// <exception cref="InvalidOperationException">A layer's parameter was replaced or frozen after the step was made.</exception>
    public void RequireViews()
    {
        foreach (var view in _views)
        {
            if (view.IsInvalid)
                throw ReplacedParameters.Error();
            if (!view.requires_grad)
                throw new InvalidOperationException(
                    "A layer's parameter was frozen after this step was made; freeze with requires_grad = false before making a VariationalStep.");
        }
    }

    /// <summary>Returns the place of a layer's weight tensor.</summary>
    /// <exception cref="InvalidOperationException">The layer's parameter was replaced after the step was made.</exception>
    public PosteriorSlice Find(WeightPosterior posterior) => _sliceOfMean.GetValueOrDefault(posterior.Mean) ?? throw ReplacedParameters.Error();

    /// <summary>Returns the gradient of a parameter if it is <see cref="Mean"/> or <see cref="LogVariance"/>; otherwise null.</summary>
    public Tensor? GradientOf(Parameter parameter) =>
        ReferenceEquals(parameter, Mean) ? MeanGradient : ReferenceEquals(parameter, LogVariance) ? LogVarianceGradient : null;

    public void Dispose()
    {
        foreach (var span in _spans)
            span.Dispose();
        foreach (var tensor in new[] { Mean, LogVariance, Gradient, MeanGradient, LogVarianceGradient })
            tensor.Dispose();
    }
}

/// <summary>One weight tensor's place in a <see cref="FlatPosterior"/>.</summary>
/// <param name="Number">Zero-based index among the slices.</param>
/// <param name="Start">Zero-based index of its first weight.</param>
/// <param name="Length">The number of its weights.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Span">The part of the storage under its prior.</param>
internal sealed record PosteriorSlice(int Number, long Start, long Length, long[] Shape, PriorSpan Span);
