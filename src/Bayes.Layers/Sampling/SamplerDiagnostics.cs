using System.Globalization;
using System.Text;

namespace Bayes.Layers.Sampling;

/// <summary>
/// Tells whether the chains of a sampler have mixed: R-hat and effective sample size of outputs, of the log posterior and of weights, and what is
/// known of each chain. Judge by the outputs: the hidden units of a network can be exchanged without changing a function, so chains whose functions
/// agree may well have different weights.
/// </summary>
public sealed class SamplerDiagnostics
{
    /// <summary>R-hat above this is told with every prediction.</summary>
    internal const double LargestRHat = 1.05;

    internal SamplerDiagnostics(
        IReadOnlyList<ChainSummary> chains, int drawsPerChain, IReadOnlyList<double> outputRHats, IReadOnlyList<double> outputSizes,
        IReadOnlyList<double> weightRHats, double logPosteriorRHat, double logPosteriorSize)
    {
        (Chains, DrawsPerChain, OutputRHats, OutputEffectiveSampleSizes) = (chains, drawsPerChain, outputRHats, outputSizes);
        (WeightRHats, LogPosteriorRHat, LogPosteriorEffectiveSampleSize) = (weightRHats, logPosteriorRHat, logPosteriorSize);
    }

    /// <summary>Gets what is known of each chain.</summary>
    public IReadOnlyList<ChainSummary> Chains { get; }

    /// <summary>Gets the number of kept draws of each chain.</summary>
    public int DrawsPerChain { get; }

    /// <summary>
    /// Gets split R-hat of each output at the diagnostic rows, row by row; at most 64 outputs. NaN if a chain has fewer than four draws.
    /// </summary>
    public IReadOnlyList<double> OutputRHats { get; }

    /// <summary>Gets the effective sample size of each of these outputs.</summary>
    public IReadOnlyList<double> OutputEffectiveSampleSizes { get; }

    /// <summary>Gets split R-hat of each weight, in the order of the network's parameters.</summary>
    public IReadOnlyList<double> WeightRHats { get; }

    /// <summary>Gets split R-hat of the log posterior.</summary>
    public double LogPosteriorRHat { get; }

    /// <summary>Gets the effective sample size of the log posterior.</summary>
    public double LogPosteriorEffectiveSampleSize { get; }

    /// <summary>Gets the largest R-hat of an output; the number by which mixing is judged.</summary>
    public double OutputRHat => Worst(OutputRHats);

    /// <summary>Gets the smallest effective sample size of an output.</summary>
    public double OutputEffectiveSampleSize => OutputEffectiveSampleSizes.Min();

    /// <summary>Gets the largest R-hat of a weight.</summary>
    public double WeightRHat => Worst(WeightRHats);

    /// <summary>Gets the number of divergent trajectories of all chains.</summary>
    public int Divergences => Chains.Sum(chain => chain.Divergences);

    /// <summary>
    /// Gets a sentence for readers of predictions if the chains have not mixed, that is if R-hat of an output is above 1.05 or unknown; otherwise
    /// null. <see cref="Predictive.Caution"/> repeats it.
    /// </summary>
    public string? Caution
    {
        get
        {
            double worst = OutputRHat;
            if (worst <= LargestRHat)
                return null;
            if (double.IsNaN(worst))
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"It is not known whether the chains have mixed: R-hat is NaN with {DrawsPerChain} draws of each chain; expected at least 4.");
            int index = OutputRHats.ToList().IndexOf(worst);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The chains have not mixed: R-hat is {worst:F2} of output {index} of {OutputRHats.Count} at the diagnostic rows; expected at most "
                + $"{LargestRHat}, with more draws or a longer warm-up.");
        }
    }

    /// <summary>Returns a table.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Chains.Count} chains of {DrawsPerChain} kept draws\n");
        text.Append(CultureInfo.InvariantCulture, $"{"",-16}{"largest R-hat",14}{"smallest ESS",14}\n");
        text.Append(CultureInfo.InvariantCulture, $"{"outputs",-16}{OutputRHat,14:F3}{OutputEffectiveSampleSize,14:F0}\n");
        text.Append(CultureInfo.InvariantCulture, $"{"log posterior",-16}{LogPosteriorRHat,14:F3}{LogPosteriorEffectiveSampleSize,14:F0}\n");
        text.Append(CultureInfo.InvariantCulture, $"{"weights",-16}{WeightRHat,14:F3}\n");
        text.Append(CultureInfo.InvariantCulture, $"{"chain",-8}{"step size",12}{"acceptance",12}{"steps",8}{"divergent",11}{"E-BFMI",8}");
        foreach (var (index, chain) in Chains.Index())
            text.Append(
                CultureInfo.InvariantCulture,
                $"\n{index,-8}{chain.StepSize,12:G3}{chain.Acceptance,12:F2}{chain.MeanSteps,8:F0}{chain.Divergences,11}{chain.EnergyFraction,8:F2}");
        if (Caution is { } caution)
            text.Append('\n').Append(caution);
        return text.ToString();
    }

    private static double Worst(IReadOnlyList<double> values) => values.Any(double.IsNaN) ? double.NaN : values.Max();
}
