using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// p(y | f): the distribution of a target given the network's output. Immutable: training and prediction can share one likelihood.
/// </summary>
public abstract class Likelihood
{
    /// <summary>
    /// Gets the module with the parameters that the likelihood learns with the network, such as the scale of the noise; null by default.
    /// <c>ElboLoss</c> registers it as its child <c>likelihood</c>, so optimize the loss's parameters too.
    /// </summary>
    public virtual nn.Module? Parameters => null;

    /// <summary>Returns a copy that later training steps do not change; the likelihood itself if it has no parameters.</summary>
    public virtual Likelihood Frozen() => this;

    /// <summary>Returns log p(y | f) of each example, in nats, summed over the axes of one example.</summary>
    /// <param name="output">f: <c>[B, …]</c> of one pass or <c>[S, B, …]</c> of S passes.</param>
    /// <param name="target">y: <c>[B, …]</c>.</param>
    /// <returns><c>[B]</c> or <c>[S, B]</c>, differentiable in the output; in single precision if the output is in half precision.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or a target is outside the likelihood's support.</exception>
    public abstract Tensor LogProbability(Tensor output, Tensor target);

    /// <summary>Returns E[y | f], in the target's unit.</summary>
    /// <param name="output">f: <c>[…]</c>, with or without an axis of draws.</param>
    /// <returns>A new tensor, elementwise.</returns>
    /// <exception cref="ArgumentException">The output is not of a floating-point type, or does not have the number of axes that the likelihood
    /// needs.</exception>
    public abstract Tensor Mean(Tensor output);

    /// <summary>Returns Var[y | f], in the target's unit squared: the noise that more data would not reduce.</summary>
    /// <param name="output">f: <c>[…]</c>, with or without an axis of draws.</param>
    /// <returns>A new tensor, elementwise.</returns>
    /// <exception cref="ArgumentException">The output is not of a floating-point type, or does not have the number of axes that the likelihood
    /// needs.</exception>
    public abstract Tensor Variance(Tensor output);

    /// <summary>
    /// Returns a factor L of the curvature of −log p(y | f) in the outputs of each example, Λ = L Lᵀ: the second derivative if it is the same for
    /// every target and Λ ≥ 0, and otherwise the Fisher information, its expectation over targets from p(y | f). A Laplace approximation needs it:
    /// with
    /// the Jacobian J of the outputs in the weights, Jᵀ Λ J is the generalized Gauss–Newton matrix (Martens 2020, "New Insights and Perspectives on
    /// the Natural Gradient Method", §8 and §9).
    /// </summary>
    /// <remarks>
    /// Independent outputs have a diagonal L. Λ is the second derivative for Bernoulli over logits, p (1 − p); categorical, diag(p) − p pᵀ with
    /// L = diag(√p) − p √pᵀ over the classes of each place; Gaussian, 1 / stddev²; and Poisson, the rate. It is the Fisher information for
    /// Bernoulli over probabilities, 1 / (p (1 − p)); the heteroscedastic Gaussian, 1 / v for a mean and ½ for a log-variance; Student's t,
    /// (ν + 1) / ((ν + 3) scale²) (Lange, Little &amp; Taylor 1989); the negative binomial, m / (1 + dispersion · m) (Lawless 1987); and
    /// categorical with class weights, whose classes count by their weights. The parts of a joint likelihood are blocks.
    /// </remarks>
    /// <param name="output">f: <c>[B, …]</c>, K numbers for each example, in row-major order.</param>
    /// <returns><c>[B, K, C]</c>, a new tensor, in at least single precision. C is at most K for the likelihoods of this library.</returns>
    /// <exception cref="NotSupportedException">The likelihood does not tell its curvature, as by default.</exception>
    /// <exception cref="ArgumentException">The output does not fit.</exception>
    protected internal virtual Tensor CurvatureFactor(Tensor output)
    {
        using var scope = NewDisposeScope();
        return (CurvatureOf(output, target: null)?.Root() ?? throw new NotSupportedException(
            $"{GetType().Name} does not tell its curvature; expected an override of {nameof(CurvatureFactor)}, which a Laplace approximation needs."))
            .MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Returns a factor of the curvature of examples whose targets are known. It differs from <see cref="CurvatureFactor(Tensor)"/> if a target says
    /// how often an example or a place of it counts: by weights of rows or of classes, and by a class to ignore.
    /// </summary>
    /// <param name="output">f: <c>[B, …]</c>.</param>
    /// <param name="target">y: <c>[B, …]</c>.</param>
    internal virtual Tensor CurvatureFactor(Tensor output, Tensor target)
    {
        using var scope = NewDisposeScope();
        return (CurvatureOf(output, target)?.Root() ?? CurvatureFactor(output)).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the curvature without a matrix for each example, or null if the likelihood knows only a factor of it.</summary>
    /// <param name="output">f: <c>[B, …]</c>.</param>
    /// <param name="target">y: <c>[B, …]</c>, or null if it is unknown.</param>
    internal virtual OutputCurvature? CurvatureOf(Tensor output, Tensor? target) => null;

    /// <summary>
    /// Returns outputs whose <see cref="Mean"/> is E[y] if the outputs are normal: exactly, or by MacKay's approximation for classes. Null by
    /// default, if
    /// there is no closed form.
    /// </summary>
    /// <param name="mean">The mean of f, <c>[B, …]</c>.</param>
    /// <param name="variance">Its variance, of the same shape.</param>
    internal virtual Tensor? OutputUnderNormal(Tensor mean, Tensor variance) => null;

    /// <summary>
    /// Returns E[log p(y | f)] of each example, in nats, if the outputs f are normal: exactly, or a lower bound of it. Null by default, if there is
    /// no closed form. <c>VariationalLastLayer</c> trains with it.
    /// </summary>
    /// <remarks>
    /// Exact for a Gaussian, log N(y; m, s²) − v / (2 s²), and for the heteroscedastic Gaussian, whose mean and log-variance must be independent:
    /// −½ (log 2π + m₂ + ((y − m₁)² + v₁) exp(v₂ / 2 − m₂)). For classes the bound of Jensen's inequality, m_y − log Σ exp(m_k + v_k / 2)
    /// (Harrison, Willes &amp; Snoek 2024, "Variational Bayesian Last Layers", §3), and for two classes of one logit log σ(±m − v / 2).
    /// </remarks>
    /// <param name="mean">m, the mean of f, <c>[B, …]</c>.</param>
    /// <param name="variance">v, the variance of each output, of the same shape.</param>
    /// <param name="target">y, <c>[B, …]</c>.</param>
    /// <returns><c>[B]</c>, differentiable in mean and variance, or null.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or a target is outside the likelihood's support.</exception>
    protected internal virtual Tensor? ExpectedLogProbability(Tensor mean, Tensor variance, Tensor target) => null;

    /// <summary>Gets whether <see cref="ExpectedLogProbability"/> and <see cref="OutputUnderNormal"/> hold for independent outputs of a row
    /// alone; false by default.</summary>
    internal virtual bool NeedsIndependentOutputs => false;

    /// <summary>Refuses outputs of a row that depend on each other if the closed forms hold for independent ones alone.</summary>
    internal void RequireClosedForm(OutputSpread spread)
    {
        if (NeedsIndependentOutputs && spread.Root is not null)
            throw new InvalidOperationException(
                $"The outputs of a row depend on each other, and {this} has closed forms for independent ones alone; expected independent weights or "
                + $"{nameof(RowFamily)}.");
    }

    /// <summary>Returns the variance of E[y | f] if the outputs are normal with a variance; by default each output is the mean of a target.</summary>
    internal virtual Tensor VarianceOfMean(Tensor outputVariance) => outputVariance.alias();

    /// <summary>Gets whether the target is a class; false by default.</summary>
    internal virtual bool IsOverClasses => false;

    /// <summary>Gets whether the target is the output plus normal noise that does not depend on the output; false by default.</summary>
    internal virtual bool HasNormalNoise => false;

    /// <summary>Gets the standard deviation of normal noise if it is one number; null by default.</summary>
    internal virtual double? NoiseStddev => null;

    /// <summary>Returns the likelihood with another standard deviation, if <see cref="NoiseStddev"/> is not null.</summary>
    internal virtual Likelihood WithNoiseStddev(double stddev) => this;

    /// <summary>
    /// Returns why a network that ends in a module does not fit this likelihood, and what to write instead; null if it may fit, and by default. A
    /// likelihood that converts outputs to probabilities or rates refuses modules that already do so.
    /// </summary>
    /// <param name="lastModule">The module that computes the network's output; modules that do not change values, such as <c>Flatten</c>, are
    /// skipped.</param>
    /// <returns>The end of a sentence that begins with the module and the likelihood, such as "takes logits: leave the module out".</returns>
    protected internal virtual string? RefusalOf(nn.Module lastModule) => null;

    /// <summary>Returns the likelihood's name and settings. Likelihoods with equal text are the same, and their predictions can be merged.</summary>
    public abstract override string ToString();

    /// <summary>
    /// Gets the likelihood's settings as text, without the values of <see cref="Parameters"/>; the text of <see cref="ToString"/> by default. Two
    /// likelihoods with equal text and equal parameters are the same; a checkpoint is loaded only into a likelihood with equal text.
    /// </summary>
    protected internal virtual string Settings => ToString();

    /// <summary>Gets the range of a learned scale of the noise, in the target's unit; null if no scale is learned.</summary>
    internal virtual (double Minimum, double Maximum)? LearnedRange => null;

    /// <summary>Returns the range of the learned scale that is one of the parameters; null if no scale is learned.</summary>
    /// <param name="parameter">The parameter's name, as in the <c>state_dict</c> of <see cref="Parameters"/>.</param>
    internal virtual (double Minimum, double Maximum)? LearnedRangeOf(string parameter) => LearnedRange;

    /// <summary>Gets what a prediction has instead of quantities that this likelihood lacks, for messages.</summary>
    internal virtual string Uncertainties => "the variances";

    /// <summary>Returns the entropies of targets with a mean; null if the target is not a class.</summary>
    /// <param name="mean">A result of <see cref="Mean"/>, <c>[S, B, …]</c>.</param>
    internal virtual Tensor? EntropyOf(Tensor mean) => null;

    /// <summary>Returns the shape and, if only one will do, the type of a row's target.</summary>
    /// <param name="outputShape">The shape of a row of the output.</param>
    /// <param name="meanShape">The shape of a row of the mean.</param>
    internal virtual (long[] Shape, ScalarType? Type) TargetOf(long[] outputShape, long[] meanShape) => (meanShape, null);

    /// <summary>Sums the log-probabilities of an example's elements: all axes after the leading ones.</summary>
    /// <param name="each">log p of every element: <c>[B, …]</c> or <c>[S, B, …]</c>.</param>
    /// <param name="leading">The number of axes that count examples and draws: <see cref="LeadingAxes(Tensor, Tensor)"/>.</param>
    /// <returns>A new tensor <c>[B]</c> or <c>[S, B]</c>, in at least single precision.</returns>
    protected static Tensor SumOverExample(Tensor each, int leading)
    {
        using var scope = NewDisposeScope();
        var wide = each.Widened();
        return (wide.ndim > leading ? wide.flatten(leading).sum(leading) : wide.alias()).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Returns log p(y | f) of each example for a prediction. It differs from <see cref="LogProbability"/> if that trains with other weights than
    /// those of the density.
    /// </summary>
    internal virtual Tensor LogDensity(Tensor output, Tensor target) => LogProbability(output, target);

    /// <summary>Refuses outputs <c>[S, B, …]</c> of a prediction that a network for this likelihood cannot return; a NaN is not refused.</summary>
    internal virtual void RequireOutputs(Tensor outputs)
    {
    }

    /// <summary>Returns P(y &lt; value) and P(y ≤ value) under the mixture of the draws, which differ for counts; null if the target has no
    /// distribution function.</summary>
    /// <param name="outputs">f of every draw, <c>[S, B, …]</c>, in double precision.</param>
    /// <param name="value">A value for each element of the mean, <c>[B, …]</c>, in double precision.</param>
    /// <returns><c>[B, …]</c> each, in double precision.</returns>
    internal virtual (Tensor Below, Tensor UpTo)? CumulativeOfMixture(Tensor outputs, Tensor value) => null;

    /// <summary>Returns quantiles of the target under the mixture of the draws; null if the target has no quantiles.</summary>
    /// <param name="outputs">f of every draw, <c>[S, B, …]</c>, in double precision.</param>
    /// <param name="levels">Above 0 and below 1.</param>
    /// <returns><c>[Q, B, …]</c>, in double precision.</returns>
    internal virtual Tensor? QuantilesOfMixture(Tensor outputs, IReadOnlyList<double> levels) => null;

    /// <summary>Returns the quantiles of all levels, <c>[Q, B, …]</c>.</summary>
    private protected static Tensor Stacked(IReadOnlyList<double> levels, Func<double, Tensor> quantile)
    {
        using var scope = NewDisposeScope();
        // An array, because an exception while torch enumerates a sequence would come out of a call into torch.
        Tensor[] quantiles = [.. levels.Select(quantile)];
        return stack(quantiles).MoveToOuterDisposeScope();
    }

    /// <summary>Refuses values of the target that do not broadcast with the means.</summary>
    private protected static void RequireValue(Tensor mean, Tensor value)
    {
        long[] expected = mean.shape, found = value.shape;
        bool fits = value.is_floating_point();
        for (int axis = 1; fits && axis <= Math.Min(found.Length, expected.Length); axis++)
            fits = found[^axis] == expected[^axis] || found[^axis] == 1 || expected[^axis] == 1;
        if (!fits)
            throw new ArgumentException(
                $"The value is of type {value.dtype} and shape {Shapes.Describe(found)}; expected a floating-point type and "
                    + $"{Shapes.Describe(expected)}, the means' shape, or one that broadcasts with it.",
                nameof(value));
    }

    /// <summary>
    /// Returns the number of leading axes for a likelihood whose target has the shape of one pass's output, and checks both shapes.
    /// </summary>
    /// <param name="output">f: <c>[B, …]</c> or <c>[S, B, …]</c>.</param>
    /// <param name="target">y: <c>[B, …]</c>.</param>
    /// <returns>1 without an axis of draws, 2 with one.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    protected static int LeadingAxes(Tensor output, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(output);
        return LeadingAxes(output, target, output.shape);
    }

    /// <summary>Returns the number of leading axes for a part of the output, such as its means; a message shows the whole output's shape.</summary>
    private protected static int LeadingAxes(Tensor part, Tensor target, long[] outputShape)
    {
        RequireComparable(part, target);
        long[] found = target.shape, expected = part.shape;
        if (found.Length > 0)
        {
            if (expected.AsSpan().SequenceEqual(found))
                return 1;
            if (expected.Length == found.Length + 1 && expected.AsSpan(1).SequenceEqual(found) && expected[0] > 0)
                return 2;
        }
        bool isWhole = expected.AsSpan().SequenceEqual(outputShape);
        string? call = Shapes.CallToFit(found, expected) ?? (expected.Length > 1 ? Shapes.CallToFit(found, expected.AsSpan(1)) : null);
        string wanted = !isWhole ? $"the shape of the output's means, {Shapes.Describe(expected)}, with or without an axis of draws"
            : call is null ? "equal shapes [batch, …], or an output [samples, batch, …] with the target's shape after its first axis"
            : "equal shapes";
        throw new ArgumentException(
            $"The target has shape {Shapes.Describe(found)} and the output {Shapes.Describe(outputShape)}; expected {wanted}"
            + $"{(call is null ? "" : $": use target.{call}")}.", nameof(target));
    }

    /// <summary>Checks types and devices, and that there is at least one example, but not the shapes.</summary>
    private protected static void RequireComparable(Tensor output, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (!output.is_floating_point())
            throw new ArgumentException($"The output is of type {output.dtype}; expected a floating-point type.", nameof(output));
        if (output.device_type != target.device_type || output.device_index != target.device_index)
            throw new ArgumentException(
                $"The target is on {target.device} and the output on {output.device}; move one with .to(...).", nameof(target));
        if (target.numel() == 0)
            throw new ArgumentException($"The target has shape {Shapes.Describe(target.shape)}, an empty batch; expected at least one example.",
                nameof(target));
    }
}
