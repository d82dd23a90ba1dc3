using System.Globalization;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Sampling;

/// <summary>
/// Samples the posterior of a network's weights from batches: stochastic gradient Hamiltonian Monte Carlo (Chen et al. 2014, "Stochastic Gradient
/// Hamiltonian Monte Carlo", equation 15) with cyclical step sizes (Zhang et al. 2020, "Cyclical Stochastic Gradient MCMC for Bayesian Deep
/// Learning", equation 1 and algorithm 1). For networks that are too large for <see cref="HamiltonianMonteCarlo"/>. Its draws are approximate: there
/// is no correction for the noise of batches and the size of steps.
/// </summary>
/// <remarks>
/// A cycle explores first, as stochastic gradient descent with momentum, then samples with the noise that balances friction. The network is run in
/// evaluation mode, so that each draw is a function: dropout is off, and batch normalization keeps the statistics that it has. So begin with a
/// trained network if it has batch normalization.
/// </remarks>
public static class StochasticGradientHmc
{
    /// <summary>Samples the posterior.</summary>
    /// <param name="network">
    /// The network, which the result owns; the first cycle begins at its weights. All parameters that require a gradient are sampled, those of
    /// normalizations too.
    /// </param>
    /// <param name="inputs">All rows, <c>[N, …]</c> for each input.</param>
    /// <param name="targets">All targets, <c>[N, …]</c>.</param>
    /// <param name="likelihood">p(y | f). A learned scale of the noise is taken as it is now.</param>
    /// <param name="options">The options; their defaults by default.</param>
    /// <param name="progress">Receives a report after every epoch.</param>
    /// <param name="cancellationToken">Ends the sampling between two steps; the network is then unchanged.</param>
    /// <returns>The draws, which the caller disposes. They have no diagnostics: cycles are meant to find different functions.</returns>
    /// <exception cref="ArgumentException">The network, the data or an option does not fit.</exception>
    /// <exception cref="SamplingDivergedException">The weights are not finite any more.</exception>
    /// <exception cref="OperationCanceledException">The sampling was cancelled.</exception>
    public static SampledPosterior Sample(
        nn.Module network, NetworkInput inputs, Tensor targets, Likelihood likelihood, StochasticGradientOptions? options = null,
        IProgress<SamplerProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        options ??= new StochasticGradientOptions();
        likelihood = SamplerData.Require(inputs, targets, likelihood);
        var layout = WeightLayout.Of(network, options);
        var schedule = new CyclicalSchedule(options, inputs.Rows);
        if (schedule.DrawCount < options.Thinning)
            throw new ArgumentException(
                $"Thinning is {options.Thinning} and there are {schedule.DrawCount} draws, so none would be kept; expected more epochs, a smaller "
                + $"{nameof(options.ExplorationShare)} or a smaller Thinning.", nameof(options));
        int most = options.MostDraws((long)layout.Length * (layout.Type == ScalarType.Float64 ? sizeof(double) : sizeof(float)), chains: 1);
        using var scope = NewDisposeScope();
        var kept = new KeptDraws<Tensor>(options.Thinning, most);
        using (ModuleMode.Evaluation(network))
        using (var gradient = new NetworkGradient(network, layout, inputs.Narrow(0, 1), likelihood, options.Output))
            Run(new Walk(gradient, layout, inputs, targets, options), schedule, kept, progress, cancellationToken);
        var draws = stack([.. SampledPosterior.Spread(kept.Kept.Count).Select(index => kept.Kept[index])], 0);
        return new SampledPosterior(SampledPosterior.ModelOf(network, layout, draws, options), kept.Kept.Count, diagnostics: null);
    }

    private static void Run(
        Walk walk, CyclicalSchedule schedule, KeptDraws<Tensor> kept, IProgress<SamplerProgress>? progress, CancellationToken cancellationToken)
    {
        int step = 0;
        for (int epoch = 0; epoch < schedule.Epochs; epoch++)
        {
            double last = double.NaN;
            foreach (long[] rows in walk.Batches(epoch))
            {
                cancellationToken.ThrowIfCancellationRequested();
                last = walk.Step(step, rows, schedule.LearningRate(step), schedule.IsExploring(step));
                step++;
            }
            bool isExploring = schedule.IsExploring(step - 1);
            walk.RequireFinite(epoch);
            if (!isExploring)
                kept.Add(walk.Copy);
            progress?.Report(new SamplerProgress(epoch / schedule.EpochsPerCycle, epoch + 1, schedule.Epochs, isExploring, last));
        }
    }

    /// <summary>The weights and their velocity.</summary>
    private sealed class Walk(
        NetworkGradient gradient, WeightLayout layout, NetworkInput inputs, Tensor targets, StochasticGradientOptions options)
    {
        private readonly ulong _noise = NamedNormals.Stream("friction noise");
        private readonly ulong _order = NamedNormals.Stream("order of rows");
        private readonly Tensor _velocity = gradient.Weights.zeros_like();
        private readonly Tensor? _moves = Moving(layout);

        /// <summary>Returns the rows of each batch of an epoch.</summary>
        public IEnumerable<long[]> Batches(int epoch)
        {
            float[] keys = new float[inputs.Rows];
            NamedNormals.Fill(keys, options.Seed, _order, (uint)epoch);
            long[] rows = new long[keys.Length];
            for (int i = 0; i < rows.Length; i++)
                rows[i] = i;
            Array.Sort(keys, rows);
            return rows.Chunk(options.BatchSize);
        }

        /// <summary>Moves the weights, and returns an estimate of the log posterior.</summary>
        public double Step(int step, long[] rows, double learningRate, bool isExploring)
        {
            using var scope = NewDisposeScope();
            var indices = tensor(rows, ScalarType.Int64);
            var batch = inputs.Each(Gathered);
            double share = (double)inputs.Rows / rows.Length;
            using (no_grad())
                gradient.Gradient.zero_();
            double value = gradient.AddLogPrior() + share * gradient.AddLogLikelihood(batch, Gathered(targets), share);
            using var noGrad = no_grad();
            // Chen et al. 2014, equation 15, with eta the learning rate of the sum over rows.
            double eta = learningRate / inputs.Rows;
            using Scalar rate = eta, kept = 1 - options.Friction;
            _velocity.mul_(kept).add_(gradient.Gradient, rate);
            if (!isExploring)
            {
                using Scalar spread = Math.Sqrt(2 * options.Friction * eta * options.Temperature);
                var noise = NamedNoise.StandardNormal(options.Seed, _noise, step, 1, [layout.Length], layout.Type, layout.Device);
                _velocity.add_(noise[0], spread);
            }
            if (_moves is not null)
                _velocity.mul_(_moves);
            gradient.Weights.add_(_velocity, Scalars.One);
            return value / options.Temperature;

            Tensor Gathered(Tensor values) => values.detach().index_select(0, indices.to(values.device));
        }

        /// <summary>Returns a copy of the weights on the CPU.</summary>
        public Tensor Copy()
        {
            using var noGrad = no_grad();
            return gradient.Weights.detach().cpu().clone();
        }

        /// <summary>Refuses weights that are not finite.</summary>
        /// <exception cref="SamplingDivergedException">They are not.</exception>
        public void RequireFinite(int epoch)
        {
            using var scope = NewDisposeScope();
            if (!gradient.Weights.detach().isfinite().all().ReadBoolean())
                throw new SamplingDivergedException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The weights are not finite after epoch {epoch + 1}; expected a learning rate below {options.LearningRate} (a fifth of the "
                    + $"variance of Gaussian noise is a good start), or data scaled to about 1."));
        }

        private static Tensor? Moving(WeightLayout layout)
        {
            if (layout.FixedWeights() is not { } isFixed)
                return null;
            using var scope = NewDisposeScope();
            return tensor(isFixed).logical_not().to(layout.Type).to(layout.Device).MoveToOuterDisposeScope();
        }
    }
}
