using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>
/// The approximate posterior of a weight tensor. Weights are drawn as a function of N(0, 1) noise, so that a gradient reaches its parameters (Kingma
/// &amp; Welling 2014, "Auto-Encoding Variational Bayes", §2.4). Each weight alone is normal; the derived class decides how the weights depend on
/// each other.
/// </summary>
/// <remarks>A view of parameters of another owner; it disposes nothing. A layer creates one from its parameters in every pass.</remarks>
public abstract class WeightPosterior
{
    internal const string MeanName = "mu";

    /// <summary>Creates a posterior over tensors shaped like <paramref name="mean"/>.</summary>
    /// <param name="mean">mu, in the weight's unit.</param>
    protected WeightPosterior(Tensor mean)
    {
        ArgumentNullException.ThrowIfNull(mean);
        Mean = mean;
        Shape = mean.shape;
    }

    /// <summary>Gets mu, the mean of the weights. A pass and a model identify the random variable by this tensor.</summary>
    public Tensor Mean { get; }

    /// <summary>Gets the parameters by name, <c>mu</c> first: a layer registers them as <c>weight_mu</c>, <c>bias_mu</c> and so on.</summary>
    public abstract IReadOnlyList<(string Name, Tensor Value)> Parameters { get; }

    /// <summary>
    /// Gets the kinds of noise that a draw is computed from: by default one number for each weight. Each kind has a parameter of its own, whose path
    /// in the model names the stream of the numbers in <c>PosteriorDraws</c>.
    /// </summary>
    public virtual IReadOnlyList<PosteriorNoise> Noise => [new(Mean, Shape)];

    /// <summary>
    /// Gets the posterior as a sum of independent normal weights and a few directions that all weights share, or null if it does not have this form.
    /// </summary>
    /// <remarks>
    /// Null by default: <c>LocalReparameterization</c> and <c>Flipout</c> then draw the weights, as <c>Reparameterization</c> does. New tensors
    /// belong to the caller's dispose scope.
    /// </remarks>
    public virtual PosteriorParts? Parts => null;

    /// <summary>Gets this posterior if its weights are independent and normal, otherwise null.</summary>
    internal virtual MeanFieldNormal? MeanField => null;

    /// <summary>
    /// Gets the number of draws that represent the posterior exactly, as the stored draws of a sampler do; null by default, if more draws always
    /// add something.
    /// </summary>
    public virtual int? ExactSamples => null;

    /// <summary>Gets whether the posterior has a density, and so an entropy; true by default.</summary>
    internal virtual bool HasDensity => true;

    internal long[] Shape { get; }

    /// <summary>
    /// Returns the values of a posterior that consists of a few equally likely ones which are trained, <c>[K, …shape]</c>, differentiable; null, the
    /// default, for others.
    /// </summary>
    internal virtual Tensor? EquallyLikely() => null;

    /// <summary>Computes the deviation of weights from the mean.</summary>
    /// <param name="noise">
    /// N(0, 1) numbers, a tensor for each element of <see cref="Noise"/>: of its shape, or with an axis of draws in front.
    /// </param>
    /// <returns>A tensor of the posterior's shape with the same axes in front, differentiable; its mean over the noise is 0.</returns>
    public abstract Tensor DeviationsFrom(IReadOnlyList<Tensor> noise);

    /// <summary>Computes weights: the sum of the mean and <see cref="DeviationsFrom"/>.</summary>
    /// <inheritdoc cref="DeviationsFrom" path="/param"/>
    /// <returns>A tensor of the posterior's shape with the same axes in front, differentiable.</returns>
    public virtual Tensor WeightsFrom(IReadOnlyList<Tensor> noise)
    {
        using var scope = NewDisposeScope();
        return DeviationsFrom(noise).add(Mean, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the distributions of each weight alone, differentiable. New tensors belong to the caller's dispose scope.</summary>
    public abstract MeanFieldNormal Marginals();

    /// <summary>Computes the entropy −E[log q(w)] of all weights together: a scalar in nats, differentiable.</summary>
    public abstract Tensor Entropy();

    /// <summary>
    /// Computes the sum of the marginals' entropies minus <see cref="Entropy"/>: the information that the weights have about each other (Watanabe
    /// 1960, "Information Theoretical Analysis of Multivariate Correlation"). Under a prior of independent weights KL(q ‖ p) is that of the
    /// marginals plus this.
    /// </summary>
    /// <returns>A scalar of at least 0 in nats, differentiable; null if the weights are independent.</returns>
    public virtual Tensor? TotalCorrelation()
    {
        using var scope = NewDisposeScope();
        if (Parts is { Factor: null })
            return null;
        return Marginals().Entropy().add(Entropy(), Scalars.MinusOne).MoveToOuterDisposeScope();
    }

    /// <summary>Computes the variance of each weight: a new tensor, differentiable.</summary>
    public virtual Tensor Variance()
    {
        using var scope = NewDisposeScope();
        return Marginals().Variance().MoveToOuterDisposeScope();
    }

    /// <summary>Computes the standard deviation of each weight: a new tensor, differentiable.</summary>
    public virtual Tensor Stddev()
    {
        using var scope = NewDisposeScope();
        return Marginals().Stddev().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Returns how the outputs x wᵀ of rows vary with the weights, <c>[out, in]</c>, or those of a bias, <c>[out]</c>; null if there is no closed
    /// form. By default that of <see cref="Parts"/>.
    /// </summary>
    /// <param name="rows">x, <c>[B, in]</c>; null for a bias, which is the same for all rows: the result is of one.</param>
    /// <param name="variance">Returns sigma² of the independent part of a posterior with <see cref="Parts"/>.</param>
    internal virtual OutputSpread? SpreadOf(Tensor? rows, Func<WeightPosterior, Tensor> variance)
    {
        if (Parts is not { } parts)
            return null;
        using var scope = NewDisposeScope();
        var own = variance(this);
        var independent = rows is null ? own.unsqueeze(0) : rows.mul(rows).mm(own.t());
        return new OutputSpread(independent, parts.Factor is { } factor ? OutputSpread.Along(rows, factor) : null).MoveToOuter(scope);
    }

    /// <summary>Sets weights to 0 with a variance close to 0, in place. Throws by default.</summary>
    /// <param name="isPruned">Which weights to prune, a Boolean tensor of the posterior's shape.</param>
    /// <exception cref="NotSupportedException">The posterior does not implement pruning.</exception>
    public virtual void Prune(Tensor isPruned) =>
        throw new NotSupportedException($"{GetType().Name} does not say how a weight becomes 0; override {nameof(Prune)}.");

    /// <summary>Draws weights, each with its own noise.</summary>
    /// <remarks>Noise that the posteriors of several tensors share is drawn for this one alone; a pass shares it.</remarks>
    /// <param name="draws">Number of draws; at least 1.</param>
    /// <param name="noise">The source of N(0, 1) numbers.</param>
    /// <returns>A tensor <c>[draws, …shape]</c>, differentiable in the parameters.</returns>
    public Tensor Draw(int draws, NoiseSource noise) => Draw(Fresh(draws, noise));

    /// <summary>Draws weights from given noise.</summary>
    /// <param name="noise">Returns N(0, 1) numbers for an element of <see cref="Noise"/>, with an axis of draws in front.</param>
    internal Tensor Draw(Func<PosteriorNoise, Tensor> noise)
    {
        using var scope = NewDisposeScope();
        return WeightsFrom([.. Noise.Select(noise)]).MoveToOuterDisposeScope();
    }

    /// <summary>Draws one weight without an axis of draws, from the same noise as one draw of <see cref="Draw(int, NoiseSource)"/>.</summary>
    /// <param name="noise">The source of N(0, 1) numbers.</param>
    /// <returns>A tensor of the posterior's shape, differentiable in the parameters.</returns>
    public Tensor Draw(NoiseSource noise)
    {
        var fresh = Fresh(1, noise);
        return Draw(kind => fresh(kind).squeeze(0));
    }

    /// <summary>Computes the deviations of <see cref="Draw(int, NoiseSource)"/> from the mean, from the same noise.</summary>
    /// <param name="draws">Number of draws; at least 1.</param>
    /// <param name="noise">The source of N(0, 1) numbers.</param>
    /// <returns>A tensor <c>[draws, …shape]</c>, differentiable in the parameters.</returns>
    public Tensor Deviations(int draws, NoiseSource noise) => Deviations(Fresh(draws, noise));

    /// <summary>Computes the deviations of <see cref="Draw(Func{PosteriorNoise, Tensor})"/> from the mean, from the same noise.</summary>
    internal Tensor Deviations(Func<PosteriorNoise, Tensor> noise)
    {
        using var scope = NewDisposeScope();
        return DeviationsFrom([.. Noise.Select(noise)]).MoveToOuterDisposeScope();
    }

    /// <summary>Returns a function that draws N(0, 1) numbers for an element of <see cref="Noise"/>, <c>[draws, …]</c>.</summary>
    internal Func<PosteriorNoise, Tensor> Fresh(int draws, NoiseSource noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        Require.Positive(draws);
        return kind => noise.StandardNormal([draws, .. kind.Shape], Mean.dtype, Mean.device);
    }

    /// <summary>Draws weights that have names: the same to the bit in any blocks.</summary>
    /// <param name="draws">The draws.</param>
    /// <param name="stddev">sigma of the independent part if it is already computed, otherwise null.</param>
    /// <returns><c>[S, …shape]</c> without gradient, in the caller's dispose scope.</returns>
    internal virtual Tensor DrawNamed(NamedDraws draws, Tensor? stddev)
    {
        using var scope = NewDisposeScope();
        if (Parts is { Factor: null } parts)
            return parts.Independent.DrawNamed(draws, stddev).MoveToOuterDisposeScope();
        Tensor[] noise = [.. Noise.Select(each => draws.StandardNormal(each.Parameter, each.SharedName, each.Shape, Mean.dtype, Mean.device))];
        var weights = empty([draws.Count, .. Shape], Mean.dtype, Mean.device);
        // One by one: a product over all draws may round a draw differently than a product for it alone.
        for (int draw = 0; draw < draws.Count; draw++)
        {
            using var drawScope = NewDisposeScope();
            weights[draw].copy_(WeightsFrom(Array.ConvertAll(noise, each => each[draw])));
        }
        return weights.MoveToOuterDisposeScope();
    }

    /// <summary>Gets whether <see cref="DrawNamedRows"/> can draw rows; false by default.</summary>
    internal virtual bool DrawsRows => false;

    /// <summary>Draws some rows of the weights of <see cref="DrawNamed"/>, if <see cref="DrawsRows"/>.</summary>
    /// <param name="draws">The draws.</param>
    /// <param name="rows">Indices of the rows on axis 0, <c>[K]</c> of Int64.</param>
    /// <returns><c>[S, K, …]</c>.</returns>
    internal virtual Tensor DrawNamedRows(NamedDraws draws, Tensor rows) =>
        throw new NotSupportedException($"A {GetType().Name} draws the whole weight; expected a posterior that draws rows.");

    /// <summary>
    /// Returns the natural parameters of independent normal weights, precision · mean and precision = 1 / sigma²; null, the default, if the weights
    /// are not independent and normal. Distributions are multiplied and divided by adding and subtracting them, as partitioned inference does.
    /// </summary>
    /// <returns>Two tensors of the posterior's shape in double precision, without gradient, in the caller's dispose scope; or null.</returns>
    public virtual (Tensor PrecisionMean, Tensor Precision)? NaturalParameters() => null;

    /// <summary>Sets the posterior by its natural parameters, in place. Throws by default.</summary>
    /// <param name="precisionMean">Precision · mean, of the posterior's shape.</param>
    /// <param name="precision">1 / sigma², of the posterior's shape; above 0.</param>
    /// <exception cref="NotSupportedException">The weights are not independent and normal.</exception>
    public virtual void SetNaturalParameters(Tensor precisionMean, Tensor precision) =>
        throw new NotSupportedException(
            $"A {GetType().Name} has no natural parameters for each weight; expected independent normal weights, {nameof(MeanFieldNormal)}.");

    /// <summary>Returns the name of the first parameter that another posterior of the same mean does not share with this one, or null.</summary>
    internal string? NameOfDifference(WeightPosterior other)
    {
        var others = other.Parameters.ToDictionary(each => each.Name, each => each.Value);
        return Parameters.FirstOrDefault(each => !ReferenceEquals(each.Value, others.GetValueOrDefault(each.Name))).Name;
    }
}
