using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>
/// One temperature for all predictions, fitted after training on held-out data: it makes probabilities softer (T &gt; 1) or sharper (T &lt; 1) and
/// does not change the most probable class (Guo et al. 2017, section 4.2). Immutable.
/// </summary>
/// <remarks>
/// Guo et al. scale the logits of a single network. The mean over Monte Carlo draws has no logits, but the logarithms of its probabilities are
/// logits up to a constant that cancels: p_T = softmax(log p / T), and for two classes p_T = sigmoid(logit(p) / T). Logarithms are clamped to −100
/// or above, as in <see cref="NegativeLogLikelihood"/>: a probability of exactly 0 counts as e^−100.
/// </remarks>
public sealed class TemperatureScaling
{
    /// <summary>The lowest temperature that <see cref="Fit"/> returns: if every prediction is correct, a lower one is always better.</summary>
    public const double MinimumTemperature = 0.01;

    /// <summary>The highest temperature that <see cref="Fit"/> returns: if predictions are uninformative, a higher one is always better.</summary>
    public const double MaximumTemperature = 100;

    /// <summary>Creates a scaling with a known temperature, such as that of an earlier fit.</summary>
    /// <param name="temperature">T; 1 changes nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is not above 0 or not finite.</exception>
    public TemperatureScaling(double temperature) => Temperature = Require.PositiveAndFinite(temperature);

    /// <summary>Gets T, by which logits are divided.</summary>
    public double Temperature { get; }

    /// <summary>
    /// Returns the scaling with the lowest negative log-likelihood, which is convex in 1/T, for a temperature in [<see cref="MinimumTemperature"/>,
    /// <see cref="MaximumTemperature"/>]. If all predictions are uniform, all temperatures are equally good, and it is 1.
    /// </summary>
    /// <param name="probability">
    /// Probabilities of class 1, <c>[N]</c> or <c>[N, 1]</c>, or of all classes, <c>[N, C]</c> with rows that sum to one.
    /// </param>
    /// <param name="target">Classes 0 and 1 of the same shape, or class indices 0 to C − 1, <c>[N]</c>.</param>
    /// <exception cref="ArgumentException">
    /// Shapes do not fit, there are no examples, a probability is NaN or outside [0, 1], a row does not sum to one within 0.001
    /// (0.008 in BFloat16), or a target is not a class.
    /// </exception>
    public static TemperatureScaling Fit(Tensor probability, Tensor target)
    {
        var outcomes = ClassOutcomes.Read(probability, target);
        double[][] logits = Logits(outcomes.Probabilities);
        return new TemperatureScaling(1 / BestSharpness(sharpness => Derivatives(outcomes, logits, sharpness)));
    }

    /// <summary>Returns the probabilities at this temperature.</summary>
    /// <param name="probability">
    /// Probabilities of class 1, <c>[N]</c> or <c>[N, 1]</c>, or of all classes, <c>[N, C]</c> with rows that sum to one.
    /// </param>
    /// <returns>A new tensor of the same shape, type and device, without gradient; rows sum to one.</returns>
    /// <exception cref="ArgumentException">
    /// The shape does not fit, there are no examples, a probability is NaN or outside [0, 1], a row does not sum to one within 0.001
    /// (0.008 in BFloat16), or the type is not a floating-point one.
    /// </exception>
    public Tensor Apply(Tensor probability)
    {
        var probabilities = ClassProbabilities.Read(probability);
        Require.FloatingPoint(probability.dtype, nameof(probability));
        double[] scaled = new double[probability.numel()];
        int next = 0;
        foreach (double[] row in Logits(probabilities))
        {
            // Divide rather than multiply by 1 / T, which is infinite for a tiny temperature.
            foreach (ref double logit in row.AsSpan())
                logit /= Temperature;
            Scale(row, 1);
            foreach (double value in probabilities.IsBinary ? row.AsSpan(1) : row)
                scaled[next++] = value;
        }
        using var scope = NewDisposeScope();
        return tensor(scaled, probability.shape, ScalarType.Float64).to(probability.dtype).to(probability.device).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the temperature as text, in the invariant culture.</summary>
    public override string ToString() => FormattableString.Invariant($"TemperatureScaling({Temperature:g6})");

    /// <summary>Returns the logarithms minus the highest of each row: rows of equal probabilities are exactly 0.</summary>
    private static double[][] Logits(ClassProbabilities probabilities)
    {
        double[][] logits = new double[probabilities.Count][];
        for (int example = 0; example < logits.Length; example++)
        {
            double[] row = Array.ConvertAll(probabilities.Row(example).ToArray(), NegativeLogLikelihood.Log);
            double highest = row.Max();
            logits[example] = Array.ConvertAll(row, logit => logit - highest);
        }
        return logits;
    }

    /// <summary>Computes softmax(sharpness · logits) in place; the highest logit is 0.</summary>
    private static void Scale(Span<double> logits, double sharpness)
    {
        double sum = 0;
        foreach (ref double value in logits)
            sum += value = Math.Exp(sharpness * value);
        foreach (ref double value in logits)
            value /= sum;
    }

    /// <summary>
    /// Returns the first two derivatives by b = 1/T of mean(log Σ_c exp(b l_c) − b l_y): for c distributed as softmax(b l), they are
    /// mean(E[l_c] − l_y) and mean(Var[l_c]).
    /// </summary>
    private static (double First, double Second) Derivatives(ClassOutcomes outcomes, double[][] logits, double sharpness)
    {
        double[] row = new double[outcomes.Probabilities.Classes];
        double first = 0, second = 0;
        for (int example = 0; example < logits.Length; example++)
        {
            double[] logit = logits[example];
            logit.CopyTo(row, 0);
            Scale(row, sharpness);
            double mean = 0, variance = 0;
            for (int index = 0; index < row.Length; index++)
                mean += row[index] * logit[index];
            for (int index = 0; index < row.Length; index++)
                variance += row[index] * (logit[index] - mean) * (logit[index] - mean);
            first += mean - logit[outcomes.Target(example)];
            second += variance;
        }
        return (first / logits.Length, second / logits.Length);
    }

    /// <summary>Returns the root of an increasing derivative by Newton's method; halves the bracket if a step would leave it or is slow.</summary>
    private static double BestSharpness(Func<double, (double First, double Second)> derivatives)
    {
        const int iterations = 200;
        const double precision = 1e-12;
        double low = 1 / MaximumTemperature, high = 1 / MinimumTemperature, sharpness = 1, lastStep = double.PositiveInfinity;
        if (derivatives(sharpness).First == 0)
            return sharpness;
        if (derivatives(low).First >= 0)
            return low;
        if (derivatives(high).First <= 0)
            return high;
        for (int i = 0; i < iterations; i++)
        {
            var (first, second) = derivatives(sharpness);
            if (first == 0)
                break;
            if (first < 0)
                low = sharpness;
            else
                high = sharpness;
            double step = first / second;
            if (Math.Abs(step) <= precision * sharpness || high - low <= precision * low)
                break;
            double next = sharpness - step;
            // The temperature spans four decades, so use the middle of the logarithm; this also handles a curvature of 0.
            if (!(next > low && next < high && Math.Abs(step) < lastStep / 2))
                next = Math.Sqrt(low * high);
            lastStep = Math.Abs(next - sharpness);
            sharpness = next;
        }
        return sharpness;
    }
}
