using System.Globalization;

namespace Bayes.Layers.Sampling;

/// <summary>
/// One chain of Hamiltonian Monte Carlo (Neal 2011, "MCMC using Hamiltonian dynamics", §5.2; Hoffman &amp; Gelman 2014, "The No-U-Turn Sampler",
/// algorithm 5). Its numbers depend on the seed and its index alone.
/// </summary>
internal sealed class HamiltonianChain
{
    // An error of the energy above this is a divergence, as in Stan.
    private const double LargestError = 1000;
    private const double LeastStep = 1e-14;
    private const int IterationsPerReport = 50;

    private readonly LogPosterior _density;
    private readonly HamiltonianOptions _options;
    private readonly ChainNoise _noise;
    private readonly int _index;
    private readonly double[] _weights;
    private readonly double[] _gradient;
    private readonly double[] _inverseMasses;
    private readonly double[] _momentum;
    private readonly double[] _trial;
    private readonly double[] _trialGradient;
    private readonly bool[]? _isFixed;
    private double _value;
    private int _trials;

    /// <summary>Creates a chain.</summary>
    /// <param name="density">The log posterior.</param>
    /// <param name="options">The options.</param>
    /// <param name="index">Zero-based index of the chain.</param>
    /// <param name="start">Where the chain starts.</param>
    /// <param name="isFixed">Which weights never change; null if there are none.</param>
    public HamiltonianChain(LogPosterior density, HamiltonianOptions options, int index, double[] start, bool[]? isFixed)
    {
        (_density, _options, _index, _weights, _isFixed) = (density, options, index, start, isFixed);
        _noise = new ChainNoise(options.Seed, index);
        _gradient = new double[start.Length];
        _momentum = new double[start.Length];
        _trial = new double[start.Length];
        _trialGradient = new double[start.Length];
        _inverseMasses = new double[start.Length];
        for (int i = 0; i < start.Length; i++)
            _inverseMasses[i] = isFixed?[i] == true ? 0 : 1;
    }

    /// <summary>Runs the chain.</summary>
    /// <param name="mostDraws">The most draws that are kept.</param>
    /// <param name="progress">Receives reports.</param>
    /// <param name="cancellationToken">Ends the chain between two iterations.</param>
    /// <exception cref="SamplingDivergedException">The chain starts where the density is not finite, or cannot move.</exception>
    public ChainDraws Run(int mostDraws, IProgress<SamplerProgress>? progress, CancellationToken cancellationToken)
    {
        _value = _density.Differentiate(_weights, _gradient);
        if (!double.IsFinite(_value) || !Array.TrueForAll(_gradient, double.IsFinite))
            throw new SamplingDivergedException(
                $"Chain {_index} starts where the log posterior is {_value.ToString(CultureInfo.InvariantCulture)}"
                + $"{(double.IsFinite(_value) ? " and its gradient is not finite" : "")}; expected finite numbers: scale the data to about 1, "
                + "or start near trained weights with StartSpread.");
        var windows = new ScaleWindows(_options.AdaptsScales ? _options.WarmUp : 0, _weights.Length);
        var averaging = new DualAveraging(_options.TargetAcceptance);
        averaging.Begin(_options.StepSize ?? FindStep(1));
        var draws = new ChainDraws(_options.Thinning, mostDraws);
        int iterations = _options.WarmUp + _options.Draws;
        for (int i = 0; i < iterations; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool isWarmUp = i < _options.WarmUp;
            if (i == _options.WarmUp)
                draws.StepSize = _options.StepSize ?? averaging.Average;
            double step = _options.StepSize ?? (isWarmUp ? averaging.Step : draws.StepSize);
            var outcome = Iterate(i, step);
            if (isWarmUp)
            {
                averaging.Add(outcome.Acceptance);
                if (averaging.Step < LeastStep)
                    throw new SamplingDivergedException(
                        $"Chain {_index} accepts no trajectory: its step size fell below {LeastStep.ToString(CultureInfo.InvariantCulture)} in "
                        + $"iteration {i + 1} of the warm-up; expected a smooth density: scale the data to about 1, or start near trained weights.");
                if (windows.Add(i, _weights, _inverseMasses) && _options.StepSize is null)
                    averaging.Begin(FindStep(averaging.Average));
            }
            else
                draws.Add(outcome, _weights, _value);
            if ((i + 1) % IterationsPerReport == 0 || i + 1 == iterations)
                progress?.Report(new SamplerProgress(_index, i + 1, iterations, isWarmUp, _value));
        }
        return draws;
    }

    private Outcome Iterate(int iteration, double step)
    {
        _noise.Momentum(iteration, _momentum);
        ScaleMomentum();
        var (exponential, uniform) = _noise.Choices(iteration);
        double length = _options.TrajectoryLength * (1 + _options.TrajectoryJitter * (2 * uniform - 1));
        int count = (int)Math.Clamp(Math.Round(length / step), 1, _options.MaximumSteps);
        double before = Leapfrog.KineticEnergy(_momentum, _inverseMasses) - _value;
        _weights.CopyTo(_trial, 0);
        _gradient.CopyTo(_trialGradient, 0);
        double value = Leapfrog.Run(_density, _trial, _momentum, _trialGradient, _inverseMasses, step, count);
        double error = Leapfrog.KineticEnergy(_momentum, _inverseMasses) - value - before;
        bool isDivergent = !(error <= LargestError);
        // Accepted with the probability e^−error: an exponential number exceeds the error so often.
        if (!isDivergent && error <= exponential)
        {
            _trial.CopyTo(_weights, 0);
            _trialGradient.CopyTo(_gradient, 0);
            _value = value;
        }
        return new Outcome(isDivergent ? 0 : Math.Exp(Math.Min(0, -error)), before, count, isDivergent);
    }

    // Doubles or halves the step size until the acceptance probability of one step crosses ½ (algorithm 4).
    private double FindStep(double step)
    {
        const double log2 = 0.6931471805599453;
        const int most = 100;
        bool? isDoubling = null;
        for (int i = 0; i < most; i++)
        {
            _noise.Trial(_trials, _momentum);
            ScaleMomentum();
            _weights.CopyTo(_trial, 0);
            _gradient.CopyTo(_trialGradient, 0);
            double before = Leapfrog.KineticEnergy(_momentum, _inverseMasses) - _value;
            double value = Leapfrog.Run(_density, _trial, _momentum, _trialGradient, _inverseMasses, step, 1);
            double error = Leapfrog.KineticEnergy(_momentum, _inverseMasses) - value - before;
            bool isAccepted = error < log2;
            isDoubling ??= isAccepted;
            if (isAccepted != isDoubling)
                break;
            step *= isDoubling.Value ? 2 : 0.5;
        }
        _trials++;
        return step;
    }

    // Momenta have the variance m.
    private void ScaleMomentum()
    {
        for (int i = 0; i < _momentum.Length; i++)
            _momentum[i] = _isFixed?[i] == true ? 0 : _momentum[i] / Math.Sqrt(_inverseMasses[i]);
    }

    /// <summary>What an iteration did.</summary>
    /// <param name="Acceptance">The acceptance probability.</param>
    /// <param name="Energy">H at the beginning of the trajectory.</param>
    /// <param name="Steps">The number of leapfrog steps.</param>
    /// <param name="IsDivergent">Whether the energy was lost.</param>
    internal readonly record struct Outcome(double Acceptance, double Energy, int Steps, bool IsDivergent);
}
