using System.Runtime.ExceptionServices;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Sampling;

/// <summary>
/// Samples the exact posterior of a network's weights by Hamiltonian Monte Carlo with all rows in every step (Neal 2011, "MCMC using Hamiltonian
/// dynamics"), with step sizes by dual averaging (Hoffman &amp; Gelman 2014). It is slow for large networks, and for small ones the judge of every
/// other method (Izmailov et al. 2021, "What Are Bayesian Neural Network Posteriors Really Like?").
/// </summary>
/// <example>
/// <code>
/// using var posterior = HamiltonianMonteCarlo.Sample(network, inputs, targets, new GaussianLikelihood(0.1));
/// Console.WriteLine(posterior.Diagnostics);
/// using var predictor = new MonteCarloPredictive(FunctionDistribution.Of(posterior.Model), new GaussianLikelihood(0.1));
/// </code>
/// </example>
public static class HamiltonianMonteCarlo
{
    private const int MostOutputs = 64;
    private const int DrawsPerPass = 64;

    /// <summary>Samples the posterior.</summary>
    /// <param name="network">
    /// The network, which the result owns. All parameters that require a gradient are sampled, those of normalizations too; the others, and the
    /// statistics of batch normalization, stay as they are. It is run in evaluation mode.
    /// </param>
    /// <param name="inputs">All rows, <c>[N, …]</c> for each input.</param>
    /// <param name="targets">All targets, <c>[N, …]</c>.</param>
    /// <param name="likelihood">p(y | f). A learned scale of the noise is taken as it is now.</param>
    /// <param name="options">The options; their defaults by default.</param>
    /// <param name="progress">Receives reports, from several threads.</param>
    /// <param name="cancellationToken">Ends the sampling between two iterations; the network is then unchanged.</param>
    /// <returns>The draws, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">The network, the data or an option does not fit.</exception>
    /// <exception cref="SamplingDivergedException">A chain starts where the density is not finite, or cannot move.</exception>
    /// <exception cref="OperationCanceledException">The sampling was cancelled.</exception>
    public static SampledPosterior Sample(
        nn.Module network, NetworkInput inputs, Tensor targets, Likelihood likelihood, HamiltonianOptions? options = null,
        IProgress<SamplerProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        options ??= new HamiltonianOptions();
        likelihood = SamplerData.Require(inputs, targets, likelihood);
        var layout = WeightLayout.Of(network, options);
        if (options.Draws / options.Thinning == 0)
            throw new ArgumentException(
                $"Thinning is {options.Thinning} and Draws {options.Draws}, so no draw would be kept; expected Draws of at least Thinning.",
                nameof(options));
        int most = options.MostDraws((long)layout.Length * sizeof(double), options.Chains);
        using var scope = NewDisposeScope();
        ChainDraws[] chains;
        using (ModuleMode.Evaluation(network))
            chains = RunAll(new Start(network, layout, inputs, targets, likelihood, options), most, progress, cancellationToken);
        int count = chains[0].Kept.Count;
        // Draw by draw, one of each chain.
        (int Chain, int Draw)[] order =
            [.. SampledPosterior.Spread(count).SelectMany(draw => Enumerable.Range(0, chains.Length).Select(chain => (chain, draw)))];
        var draws = SampledPosterior.Gathered([.. order.Select(each => chains[each.Chain].Kept[each.Draw].Weights)], layout.Type);
        var model = SampledPosterior.ModelOf(network, layout, draws, options);
        return new SampledPosterior(model, order.Length, Diagnose(model, chains, order, SamplerData.DiagnosticRowsOf(inputs, options)));
    }

    private static ChainDraws[] RunAll(Start start, int most, IProgress<SamplerProgress>? progress, CancellationToken cancellationToken)
    {
        var options = start.Options;
        using var densities = new Densities(start);
        var chains = new ChainDraws[options.Chains];
        double[] own = start.Layout.Read();
        bool[]? isFixed = start.Layout.FixedWeights();
        int threads = densities.AllowThreads ? Math.Min(options.Threads ?? get_num_threads(), options.Chains) : 1;
        if (threads == 1)
            for (int chain = 0; chain < chains.Length; chain++)
                Run(chain, cancellationToken);
        else
            RunInParallel();
        return chains;

        void Run(int chain, CancellationToken token)
        {
            using var density = densities.Make();
            chains[chain] = new HamiltonianChain(density, options, chain, StartOf(chain), isFixed).Run(most, progress, token);
        }

        void RunInParallel()
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            try
            {
                Parallel.For(0, chains.Length, new ParallelOptions { MaxDegreeOfParallelism = threads }, chain =>
                {
                    using var one = TorchThreads.One();
                    try
                    {
                        Run(chain, stop.Token);
                    }
                    catch
                    {
                        // Ends the other chains.
                        stop.Cancel();
                        throw;
                    }
                });
            }
            catch (AggregateException several)
            {
                ExceptionDispatchInfo.Throw(
                    several.InnerExceptions.FirstOrDefault(each => each is not OperationCanceledException) ?? several.InnerExceptions[0]);
            }
        }

        double[] StartOf(int chain)
        {
            double[] weights = new double[own.Length];
            new ChainNoise(options.Seed, chain).Start(weights);
            foreach (var slice in start.Layout.Slices)
                for (int i = slice.Offset; i < slice.Offset + slice.Length; i++)
                    weights[i] = isFixed?[i] == true ? own[i]
                        : options.StartSpread is { } spread ? own[i] + spread * weights[i]
                        // A prior with too heavy tails has no standard deviation.
                        : (double.IsFinite(slice.Prior.Stddev) ? slice.Prior.Stddev : 1) * weights[i];
            return weights;
        }
    }

    private static SamplerDiagnostics Diagnose(
        WeightSpaceModule model, ChainDraws[] chains, (int Chain, int Draw)[] order, NetworkInput rows)
    {
        int count = chains[0].Kept.Count, weights = chains[0].Kept[0].Weights.Length;
        var functions = FunctionDistribution.Of(model);
        double[][] outputs = new double[order.Length][];
        for (int first = 0; first < order.Length; first += DrawsPerPass)
        {
            using var scope = NewDisposeScope();
            using var drawn = functions.Draw(0, Math.Min(DrawsPerPass, order.Length - first), first);
            var values = drawn.Apply(rows).flatten(1);
            int width = (int)Math.Min(MostOutputs, values.shape[1]);
            foreach (var (index, own) in values.narrow(1, 0, width).ReadDoubles().Chunk(width).Index())
                outputs[first + index] = own;
        }
        double[][] ofOutputs = [.. Enumerable.Range(0, outputs[0].Length).SelectMany(output => ByChain(k => outputs[k][output]))];
        bool isKnown = count >= 4;
        int chainCount = chains.Length;
        double[][][] perOutput = [.. ofOutputs.Chunk(chainCount)];
        return new SamplerDiagnostics(
            [.. chains.Select(chain => chain.Summarize())], count,
            [.. perOutput.Select(RHat)], [.. perOutput.Select(Size)],
            [.. Enumerable.Range(0, weights).Select(w => RHat([.. chains.Select(chain => chain.Kept.Select(draw => draw.Weights[w]).ToArray())]))],
            RHat(LogPosteriors()), Size(LogPosteriors()));

        double RHat(double[][] values) => isKnown ? ChainStatistics.SplitRHat(values) : double.NaN;
        double Size(double[][] values) => isKnown ? ChainStatistics.EffectiveSampleSize(values) : double.NaN;
        double[][] LogPosteriors() => [.. chains.Select(chain => chain.Kept.Select(draw => draw.Value).ToArray())];

        double[][] ByChain(Func<int, double> value)
        {
            double[][] values = [.. Enumerable.Range(0, chains.Length).Select(_ => new double[count])];
            for (int k = 0; k < order.Length; k++)
                values[order[k].Chain][order[k].Draw] = value(k);
            return values;
        }
    }

    /// <summary>What all chains start from.</summary>
    private sealed record Start(
        nn.Module Network, WeightLayout Layout, NetworkInput Inputs, Tensor Targets, Likelihood Likelihood, HamiltonianOptions Options);

    /// <summary>Makes the log posterior for each chain. Owns what the chains share.</summary>
    private sealed class Densities : IDisposable
    {
        private readonly Start _start;
        private readonly Func<LogPosterior>? _dense;
        private readonly Tensor _target;
        private readonly NetworkInstances? _instances;

        public Densities(Start start)
        {
            _start = start;
            // Managed code reads targets in double precision.
            _target = (start.Targets.is_floating_point() ? start.Targets.detach().to(ScalarType.Float64) : start.Targets.detach())
                .contiguous().alias().Owned();
            _dense = DensePosterior.TryOf(start.Network, start.Layout, start.Inputs, _target, start.Likelihood, start.Options.Temperature);
            if (_dense is null && start.Options.Copy is { } copy)
                _instances = new NetworkInstances(start.Network, copy, [], new Lock());
        }

        public bool AllowThreads => _dense is not null || _instances is not null;

        public LogPosterior Make()
        {
            if (_dense is not null)
                return _dense();
            var network = _instances?.Make() ?? _start.Network;
            try
            {
                var layout = _instances is null ? _start.Layout : _start.Layout.Of(network);
                network.eval();
                var gradient = new NetworkGradient(network, layout, _start.Inputs.Narrow(0, 1), _start.Likelihood, _start.Options.Output);
                return new NetworkPosterior(
                    gradient, _instances is null ? null : network, _start.Inputs, _start.Targets, layout.Length, _start.Options.Temperature);
            }
            catch
            {
                if (_instances is not null)
                    network.Dispose();
                throw;
            }
        }

        public void Dispose()
        {
            _target.Dispose();
            _instances?.Dispose();
        }
    }
}
