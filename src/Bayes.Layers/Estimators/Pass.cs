using System.Diagnostics.CodeAnalysis;
using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// One pass through a network: the estimator, and the values of random weights in this pass. A parameter is one random variable in a pass: a layer
/// that is used twice, and two layers that share a parameter, see the same draws of it. A module that is used twice gets the same noise.
/// </summary>
/// <remarks>
/// <c>model.Sample</c> creates one for each call and passes it to <c>Propagate</c>, which passes it on to the children. Create one yourself only to
/// run a part of a model. A pass owns the drawn weights, which live until it is disposed. It must not be shared between threads.
/// </remarks>
public sealed class Pass : IDisposable
{
    private readonly Dictionary<Tensor, Draw> _draws = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<nn.Module, List<Tensor>> _noise = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(string Name, ScalarType Type), Tensor> _shared = [];
    private readonly List<Tensor> _kept = [];
    private readonly HashSet<Tensor> _integrated = new(ReferenceEqualityComparer.Instance);

    /// <summary>Creates a pass.</summary>
    /// <param name="estimator">How the pass integrates over the posterior, and with how many draws.</param>
    public Pass(Estimator estimator)
    {
        ArgumentNullException.ThrowIfNull(estimator);
        Estimator = estimator;
    }

    /// <summary>Gets the estimator.</summary>
    public Estimator Estimator { get; }

    /// <summary>Gets S, the number of Monte Carlo draws of the pass.</summary>
    public int Samples => Estimator.Samples;

    /// <summary>Gets the probe that measures the values of this pass, or null.</summary>
    internal PassProbe? Probe { get; init; }

    /// <summary>Gets the model that the pass runs, or null if it runs only a part of one.</summary>
    internal nn.Module? Model { get; init; }

    /// <summary>Gets how often a pass of the model uses each parameter, or null if that is unknown.</summary>
    internal ParameterUses? KnownUses { get; init; }

    /// <summary>Gets the leaves of autograd that stand for the posteriors in this pass, or null.</summary>
    internal IPosteriorLeaves? Leaves { get; init; }

    /// <summary>Gets the counter of uses in this pass, or null if uses are not counted.</summary>
    internal ParameterUses? CountedUses { get; init; }

    /// <summary>Gets or sets the normal distribution of the outputs, if the estimator integrates a random last layer out; otherwise null.</summary>
    internal NormalOutputs? Outputs { get; set; }

    /// <summary>Computes the output of one layer.</summary>
    /// <param name="map">The layer's map.</param>
    /// <param name="input"><c>[1|S, B, …]</c>.</param>
    /// <param name="weight">The posterior of the weight.</param>
    /// <param name="bias">The posterior of the bias, or null.</param>
    /// <returns><c>[1|S, B, …]</c>, 1 only if nothing has been random so far. It belongs to the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">Axis 0 of the input is neither 1 nor S.</exception>
    public Tensor Estimate(BilinearMap map, Tensor input, WeightPosterior weight, WeightPosterior? bias)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        BilinearMap.CheckDraws(input, Samples);
        Count(weight, bias);
        var output = Estimator.Estimate(this, map, input, weight, bias);
        See(input, output);
        if (map.UsesRows)
            Probe?.SeeRows(input, weight.Mean.numel() / weight.Shape[0]);
        return output;
    }

    /// <summary>Computes the moments of the output of one layer, whose weights are independent of its input.</summary>
    /// <param name="map">The layer's map.</param>
    /// <param name="input">The moments of the input, <c>[1, B, …]</c>.</param>
    /// <param name="weight">The posterior of the weight.</param>
    /// <param name="bias">The posterior of the bias, or null.</param>
    /// <exception cref="NotSupportedException">
    /// The pass uses the weights several times, or the posterior does not tell how outputs vary with it.
    /// </exception>
    internal Moments EstimateMoments(BilinearMap map, Moments input, WeightPosterior weight, WeightPosterior? bias) =>
        TryUseOnce(weight, bias)
            ? MapMoments.Of(this, map, input, weight, bias)
            : throw new NotSupportedException(
                $"{Path(weight)} is used several times in a pass, so its outputs depend on each other; {Estimator.GetType().Name} expected layers "
                + "that are used once, or use an estimator that draws.");

    /// <summary>
    /// Returns one layer as a function of its input whose calls all use the same weights: for a layer with several inputs in one pass, such as a
    /// recurrent one. The inputs of all calls have the same rows.
    /// </summary>
    /// <param name="map">The layer's map.</param>
    /// <param name="weight">The posterior of the weight.</param>
    /// <param name="bias">The posterior of the bias, or null.</param>
    /// <returns>A function from <c>[1|S, B, …]</c> to <c>[1|S, B, …]</c>. Each result belongs to the dispose scope of its call.</returns>
    public Func<Tensor, Tensor> Fix(BilinearMap map, WeightPosterior weight, WeightPosterior? bias)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(weight);
        Count(weight, bias);
        var apply = Estimator.Fix(this, map, weight, bias);
        return input =>
        {
            ArgumentNullException.ThrowIfNull(input);
            BilinearMap.CheckDraws(input, Samples);
            var output = apply(input);
            See(input, output);
            return output;
        };
    }

    /// <summary>
    /// Returns the weights of a layer in this pass, so that it can be computed without its map. Returns null if the estimator needs the map, or if
    /// the uses of the layer are measured or counted.
    /// </summary>
    internal DrawnWeights? TryDraw(WeightPosterior weight, WeightPosterior? bias) =>
        Probe is null && CountedUses is null ? Estimator.TryDraw(this, weight, bias) : null;

    /// <summary>Returns the weights of a posterior in this pass. The first call draws them, and later calls return the same ones.</summary>
    /// <param name="posterior">The posterior.</param>
    /// <param name="noise">The source of eps at the first call.</param>
    /// <returns><c>[S, …shape]</c>, differentiable in the parameters. The tensor belongs to the pass.</returns>
    /// <exception cref="InvalidOperationException">
    /// The pass has already integrated the parameter out, or two layers share its mean, but not its variance.
    /// </exception>
    public Tensor Weights(WeightPosterior posterior, NoiseSource noise)
    {
        if (Leaves is null)
            return Weights(posterior, () => posterior.Draw(NoiseOf(posterior, noise)));
        var leaf = SingleOrAllWeights(posterior, noise);
        return Samples == 1 ? Keep(leaf.unsqueeze(0)) : leaf;
    }

    /// <param name="posterior">The posterior.</param>
    /// <param name="draw">Draws the weights at the first call: <c>[S, …shape]</c>, differentiable in the parameters.</param>
    /// <inheritdoc cref="Weights(WeightPosterior, NoiseSource)"/>
    public Tensor Weights(WeightPosterior posterior, Func<Tensor> draw)
    {
        ArgumentNullException.ThrowIfNull(draw);
        RequireNotIntegrated(posterior);
        return Find(posterior, () => new Draw(posterior, draw(), IsDeviation: false)).Value;
    }

    /// <summary>
    /// Returns the weight of a pass of one draw without an axis of draws; otherwise like <see cref="Weights(WeightPosterior, NoiseSource)"/>.
    /// </summary>
    /// <returns>A tensor of the posterior's shape. It belongs to the pass.</returns>
    /// <inheritdoc cref="Weights(WeightPosterior, NoiseSource)"/>
    public Tensor SingleWeight(WeightPosterior posterior, NoiseSource noise)
    {
        if (Leaves is not null)
            return SingleOrAllWeights(posterior, noise);
        RequireNotIntegrated(posterior);
        return Find(posterior, () => new Draw(posterior, posterior.Draw(Single), IsDeviation: false)).Value;

        Tensor Single(PosteriorNoise kind) => NoiseOf(posterior, noise)(kind).squeeze(0);
    }

    private Tensor SingleOrAllWeights(WeightPosterior posterior, NoiseSource noise)
    {
        RequireNotIntegrated(posterior);
        return Find(posterior, () => new Draw(posterior, Leaves!.Weights(posterior, noise), IsDeviation: false) { IsLeaf = true }).Value;
    }

    /// <summary>Returns the leaves if a layer of this input can compute its gradient by hand (<see cref="TwoProducts"/>); otherwise null.</summary>
    internal IPosteriorLeaves? LeavesOf(BilinearMap map, Tensor input) => Samples == 1 && map.IsMatrixProduct && input.ndim == 3 ? Leaves : null;

    /// <summary>Returns mu as the estimators use it.</summary>
    [return: NotNullIfNotNull(nameof(posterior))]
    internal Tensor? Mean(WeightPosterior? posterior) => posterior is null ? null : Leaves?.Mean(posterior) ?? posterior.Mean;

    /// <summary>Returns sigma² of the independent part of a posterior with <see cref="WeightPosterior.Parts"/>.</summary>
    internal Tensor Variance(WeightPosterior posterior) => Leaves?.Variance(posterior) ?? posterior.Parts!.Value.Independent.Variance();

    /// <summary>
    /// Returns what <see cref="Weights(WeightPosterior, NoiseSource)"/> adds to the mean. The first call draws it, and later calls return the same.
    /// </summary>
    /// <returns><c>[S, …shape]</c>, differentiable in the parameters. The tensor belongs to the pass.</returns>
    /// <inheritdoc cref="Weights(WeightPosterior, NoiseSource)"/>
    public Tensor Deviations(WeightPosterior posterior, NoiseSource noise) =>
        Find(posterior, () => new Draw(posterior, posterior.Deviations(NoiseOf(posterior, noise)), IsDeviation: true)).Value;

    /// <summary>
    /// Returns <see cref="Deviations(WeightPosterior, NoiseSource)"/> as two summands: that of independent weights, and that along the directions
    /// that all weights share, which is null without directions.
    /// </summary>
    /// <param name="posterior">A posterior with <see cref="WeightPosterior.Parts"/>.</param>
    /// <param name="noise">The source of eps at the first call.</param>
    internal (Tensor Own, Tensor? Shared) DeviationsByPart(WeightPosterior posterior, NoiseSource noise)
    {
        if (Leaves is not null)
            return (Find(posterior, () => new Draw(posterior, Leaves.Deviations(posterior, noise), IsDeviation: true) { IsLeaf = true }).Value, null);
        using var scope = NewDisposeScope();
        var parts = posterior.Parts!.Value;
        if (parts.Factor is not { } factor)
            return (Deviations(posterior, noise), null);
        var own = Keep(parts.Independent.Deviations(Samples, noise));
        var shared = Keep(PosteriorParts.Combine(factor, noise.StandardNormal([Samples, factor.shape[0]], factor.dtype, factor.device)));
        Find(posterior, () => new Draw(posterior, own.add(shared, Scalars.One), IsDeviation: true));
        return (own, shared);
    }

    /// <summary>
    /// Returns N(0, 1) noise for a module that is random without a posterior, such as dropout. The first call for a module and shape draws it, and
    /// later calls of the pass return the same.
    /// </summary>
    /// <param name="owner">The module, which is part of the model.</param>
    /// <param name="shape">The shape of one draw.</param>
    /// <param name="dtype">The element type.</param>
    /// <param name="device">The device of the noise.</param>
    /// <returns><c>[S, …shape]</c>, or null if nothing is random in this pass. The tensor belongs to the pass.</returns>
    public Tensor? StandardNormal(nn.Module owner, ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        ArgumentNullException.ThrowIfNull(owner);
        if (_noise.TryGetValue(owner, out var known))
            foreach (var each in known)
                if (each.dtype == dtype && each.shape.AsSpan(1).SequenceEqual(shape))
                    return each;
        if (Estimator.StandardNormal(owner, shape, dtype, device) is not { } noise)
            return null;
        if (known is null)
            _noise.Add(owner, known = []);
        known.Add(noise);
        return Keep(noise);
    }

    /// <summary>
    /// Determines whether an estimator may integrate the weights of a layer out, or give each row a function of its own, which requires that the
    /// pass uses them once. Otherwise the estimator draws them with <see cref="Weights(WeightPosterior, NoiseSource)"/>, so that all uses see one
    /// variable.
    /// </summary>
    /// <param name="weight">The posterior of the weight.</param>
    /// <param name="bias">The posterior of the bias, or null.</param>
    /// <exception cref="InvalidOperationException">The pass has already used one of them, which was not known in advance.</exception>
    public bool TryUseOnce(WeightPosterior weight, WeightPosterior? bias)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (IsRepeated(weight) || bias is not null && IsRepeated(bias))
            return false;
        UseOnce(weight);
        if (bias is not null)
            UseOnce(bias);
        return true;
    }

    /// <summary>Frees the drawn weights.</summary>
    public void Dispose()
    {
        foreach (var tensor in _kept)
            tensor.Dispose();
        _kept.Clear();
        _draws.Clear();
        _noise.Clear();
        _shared.Clear();
    }

    /// <summary>Keeps a tensor until the pass is disposed.</summary>
    internal Tensor Keep(Tensor tensor)
    {
        _kept.Add(tensor.Owned());
        return tensor;
    }

    /// <summary>Returns the weights that this pass drew from a posterior, <c>[S, …shape]</c>, or null if it drew none.</summary>
    internal Tensor? FindDraws(WeightPosterior posterior)
    {
        if (!_draws.TryGetValue(posterior.Mean, out var draw))
            return null;
        if (draw.IsDeviation)
            return posterior.Mean.add(draw.Value, Scalars.One);
        return draw.Value.ndim == posterior.Shape.Length ? draw.Value.unsqueeze(0) : draw.Value.alias();
    }

    // Posteriors that share noise draw together: the first one in the pass makes the numbers.
    private Func<PosteriorNoise, Tensor> NoiseOf(WeightPosterior posterior, NoiseSource noise)
    {
        var fresh = posterior.Fresh(Samples, noise);
        return kind =>
        {
            if (kind.SharedName is not { } name)
                return fresh(kind);
            var key = (name, posterior.Mean.dtype);
            if (!_shared.TryGetValue(key, out var shared))
                _shared.Add(key, shared = Keep(fresh(kind)));
            return shared;
        };
    }

    private bool IsRepeated(WeightPosterior posterior) => KnownUses?.IsRepeated(posterior.Mean) == true;

    private void UseOnce(WeightPosterior posterior)
    {
        if (_draws.ContainsKey(posterior.Mean) || !_integrated.Add(posterior.Mean))
            throw UsedAgain(posterior);
    }

    private Draw Find(WeightPosterior posterior, Func<Draw> draw)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        if (_draws.TryGetValue(posterior.Mean, out var known))
        {
            if (known.Posterior.NameOfDifference(posterior) is { } other)
                throw new InvalidOperationException(
                    $"Two layers share the mean {Path(posterior)}, but not {other}; share both weight_mu and weight_{other}, or neither.");
            return known;
        }
        var made = draw();
        if (!made.IsLeaf)
            Keep(made.Value);
        _draws.Add(posterior.Mean, made);
        return made;
    }

    private void RequireNotIntegrated(WeightPosterior posterior)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        if (_integrated.Contains(posterior.Mean))
            throw UsedAgain(posterior);
    }

    private InvalidOperationException UsedAgain(WeightPosterior posterior) => new(
        $"{Path(posterior)} is used again in a pass of {Estimator.GetType().Name}, but the first pass through the model used it once; "
        + $"use it equally often in every pass, or choose {nameof(Reparameterization)}, which allows any number of uses.");

    private string Path(WeightPosterior posterior)
    {
        string? name = Model?.named_parameters().FirstOrDefault(each => ReferenceEquals(each.parameter, posterior.Mean)).name;
        return name is null ? $"A weight of shape {Shapes.Describe(posterior.Shape)}" : $"'{name}'";
    }

    private void Count(WeightPosterior weight, WeightPosterior? bias)
    {
        CountedUses?.Add(weight.Mean);
        if (bias is not null)
            CountedUses?.Add(bias.Mean);
    }

    private void See(Tensor input, Tensor output)
    {
        Probe?.See(input);
        Probe?.See(output);
    }

    private sealed record Draw(WeightPosterior Posterior, Tensor Value, bool IsDeviation)
    {
        /// <summary>Gets whether the value belongs to <see cref="Leaves"/>.</summary>
        public bool IsLeaf { get; init; }
    }
}
