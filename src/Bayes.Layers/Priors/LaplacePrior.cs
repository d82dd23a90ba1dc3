using System.Numerics;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>
/// p(w) = exp(−|w − mean| / scale) / (2 scale), independently for each weight: weights near the mean are preferred, and large ones cost less than
/// under a normal prior. The KL divergence has a closed form.
/// </summary>
public sealed class LaplacePrior : Prior, IKlGradient
{
    private static readonly Scalar RootOfHalf = Math.Sqrt(0.5);
    private static readonly Scalar RootOfTwoOverPi = Math.Sqrt(2 / Math.PI);

    /// <summary>Creates a Laplace prior.</summary>
    /// <param name="mean">The mean, which is the mode; finite.</param>
    /// <param name="scale">The mean absolute deviation from the mean, b; above 0. The standard deviation is √2 b.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public LaplacePrior(double mean = 0, double scale = 1)
    {
        Mean = Require.Finite(mean);
        Scale = Require.PositiveAndFinite(scale);
    }

    /// <summary>Gets the mean.</summary>
    public double Mean { get; }

    /// <summary>Gets the mean absolute deviation from the mean, b.</summary>
    public double Scale { get; }

    /// <summary>Gets √2 b.</summary>
    public override double Stddev => Math.Sqrt(2) * Scale;

    /// <inheritdoc/>
    internal override void RequireFits(ScalarType dtype)
    {
        Require.SquareWithin(Mean, dtype, "mean", mayBeSmall: true);
        Require.SquareWithin(Scale, dtype, "scale");
    }

    /// <inheritdoc/>
    public override Tensor LogProbability(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        using Scalar minusRate = -1 / Scale, constant = -Math.Log(2 * Scale);
        return Centred(weight.Widened()).abs().mul(minusRate).add(constant, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Computes KL(N(mu, sigma²) ‖ p) = Σ log(2 b) − ½ log(2πe sigma²) + E|w − m| / b, in nats, where |w − m| is folded normal (Leone, Nelson &amp;
    /// Nottingham 1961, "The Folded Normal Distribution"): with z = (mu − m) / sigma, E|w − m| = sigma √(2/π) e^(−z²/2) + (mu − m) erf(z / √2).
    /// </summary>
    /// <param name="posterior">q.</param>
    /// <returns>A scalar, differentiable in mu and log_var.</returns>
    public override Tensor KlDivergence(MeanFieldNormal posterior)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        using var scope = NewDisposeScope();
        return Divergence(new Distance(this, posterior)).MoveToOuterDisposeScope();
    }

    /// <summary>Adds the gradient: ∂KL/∂mu = erf(z / √2) / b, ∂KL/∂log_var = ½ (sigma √(2/π) e^(−z²/2) / b − 1).</summary>
    /// <inheritdoc/>
    public Tensor AddKlGradient(MeanFieldNormal posterior, Tensor variance, Tensor meanGradient, Tensor logVarianceGradient, double weight)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        ArgumentNullException.ThrowIfNull(meanGradient);
        ArgumentNullException.ThrowIfNull(logVarianceGradient);
        using var scope = NewDisposeScope();
        using Scalar perScale = weight / Scale, halfPerScale = 0.5 * weight / Scale, minusHalf = -0.5 * weight;
        var distance = new Distance(this, posterior);
        meanGradient.add_(distance.Sign, perScale);
        logVarianceGradient.add_(distance.Spread, halfPerScale).add_(minusHalf, Scalars.One);
        return Divergence(distance).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override KlBlocks<T> BlocksOf<T>(long length) => new Weights<T>(this);

    /// <summary>Returns the name of the prior and its settings.</summary>
    public override string ToString() => FormattableString.Invariant($"LaplacePrior(mean={Mean}, scale={Scale})");

    private Tensor Divergence(Distance distance)
    {
        using Scalar rate = 1 / Scale, constant = distance.LogVariance.numel() * (Math.Log(2 * Scale) - StandardNormal.Entropy);
        var mean = addcmul(distance.Spread, distance.Centred, distance.Sign, Scalars.One);
        return mean.mul(rate).add(distance.LogVariance, Scalars.MinusHalf).sum(distance.TypeOfSums).add(constant, Scalars.One);
    }

    private Tensor Centred(Tensor weight)
    {
        using Scalar negativeMean = -Mean;
        return weight.add(negativeMean, Scalars.One);
    }

    /// <summary>The terms of E|w − m| = Spread + Centred · Sign.</summary>
    private readonly struct Distance
    {
        public readonly ScalarType TypeOfSums;

        public readonly Tensor LogVariance;
        public readonly Tensor Centred;

        /// <summary>sigma √(2/π) e^(−z²/2): 0 if the mean is many sigma away.</summary>
        public readonly Tensor Spread;

        /// <summary>erf(z / √2): the sign of mu − m if it is many sigma away.</summary>
        public readonly Tensor Sign;

        public Distance(LaplacePrior prior, MeanFieldNormal posterior)
        {
            TypeOfSums = posterior.Mean.dtype.ForSums();
            LogVariance = posterior.LogVariance.Widened();
            Centred = prior.Centred(posterior.Mean.Widened());
            // A product, because the gradient of a quotient would divide by sigma²: 1e-35 at log_var = −80.
            var score = LogVariance.mul(Scalars.MinusHalf).exp().mul(Centred).mul(RootOfHalf);
            Spread = score.mul(score).neg().exp().mul(LogVariance.mul(Scalars.Half).exp()).mul(RootOfTwoOverPi);
            Sign = score.erf();
        }
    }

    private sealed class Weights<T>(LaplacePrior prior) : KlBlocks<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override double AddGradient(int start, KlBlock<T> block, double weight)
        {
            int padded = Vectors.PaddedLength(block.Length);
            // In double precision, which the error function needs; they become sign and spread (see Distance).
            Span<double> means = stackalloc double[padded], logVariances = stackalloc double[padded];
            Vectors.ToDoubles(block.Mean, means);
            Vectors.ToDoubles(block.LogVariance, logVariances);
            Span<Vector<double>> signs = Vectors.Of(means), spreads = Vectors.Of(logVariances);
            Vector<double> centre = new(prior.Mean), half = new(0.5), rootOfHalf = new(Math.Sqrt(0.5)), factor = new(Math.Sqrt(2 / Math.PI));
            for (int i = 0; i < signs.Length; i++)
            {
                var stddev = Vector.Exp(spreads[i] * half);
                var score = (signs[i] - centre) / stddev * rootOfHalf;
                var power = Vector.Exp(-(score * score));
                spreads[i] = stddev * power * factor;
                signs[i] = VectorFunctions.Erf(score, power);
            }
            ReadOnlySpan<T> mean = block.Mean, logVariance = block.LogVariance;
            Span<T> meanGradient = block.MeanGradient, logVarianceGradient = block.LogVarianceGradient;
            double perScale = weight / prior.Scale, distance = 0, logs = 0;
            for (int i = 0; i < mean.Length; i++)
            {
                double sign = means[i], spread = logVariances[i];
                distance += spread + (double.CreateTruncating(mean[i]) - prior.Mean) * sign;
                logs += double.CreateTruncating(logVariance[i]);
                meanGradient[i] += T.CreateTruncating(perScale * sign);
                logVarianceGradient[i] += T.CreateTruncating(0.5 * (perScale * spread - weight));
            }
            return distance / prior.Scale - 0.5 * logs + block.Length * (Math.Log(2 * prior.Scale) - StandardNormal.Entropy);
        }
    }
}
