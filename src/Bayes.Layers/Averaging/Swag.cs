using Bayes.Layers.Likelihoods;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Averaging;

/// <summary>
/// Collects the weights of a network along its training, and makes a normal posterior of them: around their mean, with half of the variance of each
/// weight and half of the covariance of the last K deviations (Maddox et al. 2019, "A Simple Baseline for Bayesian Uncertainty in Deep Learning",
/// algorithm 1 and equation 1).
/// </summary>
/// <remarks>
/// <para>Call <see cref="Collect"/> in a loop of your own, pass <see cref="Collector"/> to a trainer as its progress, or let <see cref="Fit"/> do
/// both. An <see cref="Ensemble"/> of several such models is MultiSWAG (Wilson &amp; Izmailov 2020).</para>
/// <para>All parameters that require a gradient are random, also those of normalizations; all of them share the numbers of the low-rank part, so that
/// the covariance is that of all weights together. Mean and variance are computed in double precision. The deviations take K times the memory of the
/// weights.</para>
/// <para>Owns what it collects, not the network: dispose it.</para>
/// </remarks>
public sealed class Swag : IDisposable
{
    internal const int LeastRank = 2;

    // sigma is 4e-18, as of a pruned weight: a weight that never moved stays where it is.
    private const double LeastLogVariance = -80;

    private readonly nn.Module _network;
    private readonly (string Name, WeightMoments Moments)[] _weights;

    /// <summary>Creates a collector that has collected nothing.</summary>
    /// <param name="network">The network, plain, of one to four inputs.</param>
    /// <param name="rank">K, the number of the last deviations that are kept; at least 2.</param>
    /// <exception cref="ArgumentException">The network is Bayesian, or no parameter requires a gradient.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rank"/> is below 2.</exception>
    public Swag(nn.Module network, int rank = 20)
    {
        ArgumentNullException.ThrowIfNull(network);
        NetworkCall.Require(network);
        Rank = (int)Require.Between(rank, LeastRank, int.MaxValue);
        if (network.BayesianModules().FirstOrDefault() is { } bayesian)
            throw new ArgumentException(
                $"The network contains a {bayesian.GetName()}, which is Bayesian already; expected a plain network.", nameof(network));
        _network = network;
        HashSet<string> normalizations = [.. BatchStatistics.Of(network).SelectMany(each => each.AffineNames)];
        NetworkParameter[] random =
            [.. NetworkParameter.Of(network).Where(each => each.Value.requires_grad || normalizations.Contains(each.Name))];
        if (!random.Any(each => each.Value.requires_grad))
            throw new ArgumentException(
                $"No parameter of the {network.GetType().Name} requires a gradient, so none is trained; expected at least one.", nameof(network));
        _weights = [.. random.Select(each => (each.Name, new WeightMoments(each.Value, Rank)))];
    }

    /// <summary>Gets K, the number of the last deviations that are kept.</summary>
    public int Rank { get; }

    /// <summary>Gets the number of times that the weights were collected.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the names of the parameters that are collected, as in the network's <c>state_dict</c>.</summary>
    public IReadOnlyList<string> RandomParameters => [.. _weights.Select(each => each.Name)];

    /// <summary>
    /// Trains a network further with stochastic gradient descent of a constant learning rate, collects its weights after epochs, and makes the model.
    /// </summary>
    /// <remarks>Start from a trained network: <see cref="MaximumAPosteriori.Fit"/> trains one.</remarks>
    /// <param name="network">The trained network, which the model then owns.</param>
    /// <param name="input"><c>[N, …]</c>; for a network with several inputs, each of them.</param>
    /// <param name="target"><c>[N, …]</c>, in the shape that the likelihood takes.</param>
    /// <param name="likelihood">p(y | f), with which the network was trained.</param>
    /// <param name="options">The options; the defaults if null.</param>
    /// <param name="progress">Receives a report after every epoch.</param>
    /// <param name="cancellationToken">Ends training between two steps.</param>
    /// <returns>The model, which the caller disposes; it owns the network.</returns>
    /// <exception cref="ArgumentException">The network is Bayesian or has nothing to train, or tensors do not fit.</exception>
    /// <exception cref="TrainingDivergedException">Too many steps in a row were not finite.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    public static WeightSpaceModule Fit(
        nn.Module network, NetworkInput input, Tensor target, Likelihood likelihood, SwagOptions? options = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options ??= new SwagOptions();
        using var swag = new Swag(network, options.Rank);
        var training = new VariationalTrainerOptions
        {
            Epochs = options.EpochsBefore + options.Collections * options.EpochsBetweenCollections,
            BatchSize = options.BatchSize,
            LearningRate = options.LearningRate,
            CreateOptimizer = (parameters, rate) => optim.SGD(parameters, rate, momentum: options.Momentum),
            KlSchedule = new ConstantKl(),
            ShuffleSeed = options.ShuffleSeed,
        };
        var collector = swag.Collector(options.EpochsBefore + options.EpochsBetweenCollections, options.EpochsBetweenCollections, progress);
        MaximumAPosteriori.Fit(
            network, input, target, likelihood, new() { Prior = options.Prior, Training = training }, validation: null, collector,
            cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return swag.ToModel(input, options.StoredDraws);
    }

    /// <summary>Collects the current weights of the network.</summary>
    /// <exception cref="InvalidOperationException">
    /// A weight is not finite, or the network no longer has one of the parameters. Nothing is collected then.
    /// </exception>
    public void Collect()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var current = Current();
        foreach (var parameter in current)
            if (!Finiteness.IsFinite(parameter.Value))
                throw new InvalidOperationException(
                    $"The weights cannot be collected: '{parameter.Name}' is not finite after {Count} collections; expected a training that has "
                    + "not diverged.");
        foreach (var ((_, moments), parameter) in _weights.Zip(current))
            moments.Add(parameter.Value);
        Count++;
    }

    /// <summary>Returns progress for a trainer, which collects the weights after epochs, inside the call of Fit.</summary>
    /// <param name="firstEpoch">The number of the first epoch after which weights are collected; at least 1.</param>
    /// <param name="epochsBetween">The number of epochs from one collection to the next; at least 1.</param>
    /// <param name="progress">Receives the reports, too; null by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public IProgress<TrainingProgress> Collector(int firstEpoch, int epochsBetween = 1, IProgress<TrainingProgress>? progress = null)
    {
        Require.Positive(firstEpoch);
        Require.Positive(epochsBetween);
        return new EpochCollector(this, firstEpoch, epochsBetween, progress);
    }

    /// <summary>Returns the mean of the weights of a parameter, in double precision, a new tensor.</summary>
    /// <param name="name">The parameter's name, as in <see cref="RandomParameters"/>.</param>
    /// <exception cref="ArgumentException">There is no such parameter.</exception>
    public Tensor MeanOf(string name) => MomentsOf(name).Mean.clone();

    /// <summary>Returns the variance of each weight of a parameter around its mean, in double precision, a new tensor.</summary>
    /// <param name="name">The parameter's name, as in <see cref="RandomParameters"/>.</param>
    /// <exception cref="ArgumentException">There is no such parameter.</exception>
    public Tensor VarianceOf(string name) => MomentsOf(name).Variance();

    /// <summary>
    /// Returns the last deviations of the weights of a parameter, each from the mean of the weights collected until then, itself included: <c>[K,
    /// …]</c>, oldest first, a new tensor.
    /// </summary>
    /// <param name="name">The parameter's name, as in <see cref="RandomParameters"/>.</param>
    /// <exception cref="ArgumentException">There is no such parameter.</exception>
    /// <exception cref="InvalidOperationException">Nothing was collected.</exception>
    public Tensor DeviationsOf(string name)
    {
        var moments = MomentsOf(name);
        RequireCollected(1);
        return moments.Deviations();
    }

    /// <summary>
    /// Puts the mean weights into the network, and makes a model of it, whose draws are w = mean + √½ stddev ∘ eps + (2 (K − 1))^−½ Σ_k z_k
    /// deviation_k.
    /// </summary>
    /// <remarks>
    /// If the network has batch normalization, its statistics belong to one set of weights. The model then consists of a fixed number of draws, for
    /// each of which the statistics are computed from the given inputs, without dropout. They become part of the draw's scale and shift in the
    /// normalization, so that the buffers of the network stay those of the mean weights.
    /// </remarks>
    /// <param name="input">
    /// The training inputs <c>[N, …]</c>, which only a network with batch normalization needs; for several inputs each of them.
    /// </param>
    /// <param name="storedDraws">How draws are made of a network with batch normalization; the defaults if null.</param>
    /// <param name="copy">Makes another instance of the network, for passes on several threads; null by default
    /// (<c>BayesianConversion.Copy</c>).</param>
    /// <returns>The model, which the caller disposes; it owns the network.</returns>
    /// <exception cref="InvalidOperationException">
    /// Fewer than two sets of weights were collected, or the network has batch normalization, and there are no inputs, or it has no scale and shift.
    /// </exception>
    public WeightSpaceModule ToModel(NetworkInput? input = null, StoredDrawsOptions? storedDraws = null, Func<nn.Module>? copy = null)
    {
        RequireCollected(LeastRank);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var parameters = Current();
        BatchStatistics[] statistics = [.. BatchStatistics.Of(_network)];
        if (statistics.Length > 0 && input is null)
            throw new InvalidOperationException(
                $"'{statistics[0].Path}' normalizes with running statistics, which belong to one set of weights; expected the training inputs, "
                + $"{nameof(ToModel)}(inputs), from which they are computed for each draw.");
        // Before the network changes.
        foreach (var each in statistics)
            each.RequireAffine();
        foreach (var ((_, moments), parameter) in _weights.Zip(parameters))
            parameter.Value.copy_(moments.Mean);
        (PosteriorFamily Family, Tensor[] Values)[] posteriors = [.. _weights.Select(each => Posterior(each.Moments))];
        if (statistics.Length > 0)
            return StoredSwagDraws.Of(
                _network, [.. parameters.Zip(posteriors, (each, posterior) => (each, posterior.Family.Of([each.Value, .. posterior.Values])))],
                statistics, input!, storedDraws ?? new(), copy);
        return new WeightSpaceModule(
            _network,
            parameters.Zip(posteriors, (parameter, posterior) => new NetworkStart(
                parameter, Priors.NormalPrior.Standard, posterior.Family, [.. posterior.Values.Select(value => value.MoveToOuterDisposeScope())],
                InitialLogStddev: null, FixedRow: null)),
            last: null, copy, output: null);
    }

    /// <summary>Frees what was collected, and not the network.</summary>
    public void Dispose()
    {
        foreach (var (_, moments) in _weights)
            moments.Dispose();
    }

    // In the type of the deviations, which is the network's.
    private static (PosteriorFamily Family, Tensor[] Values) Posterior(WeightMoments moments)
    {
        var deviations = moments.Deviations();
        int rank = (int)deviations.shape[0];
        using Scalar least = LeastLogVariance, scale = 1 / Math.Sqrt(2.0 * (rank - 1));
        var logVariance = moments.Variance().mul(Scalars.Half).log().clamp_min(least).to(deviations.dtype);
        return (new SwagFamily(rank), [logVariance, deviations.mul(scale)]);
    }

    private NetworkParameter[] Current()
    {
        // A trainer may have replaced the objects.
        var found = NetworkParameter.Of(_network).ToDictionary(parameter => parameter.Name);
        return Array.ConvertAll(_weights, each => found.GetValueOrDefault(each.Name) ?? throw new InvalidOperationException(
            $"The {_network.GetType().Name} no longer has the parameter '{each.Name}', or shares it with an earlier one; make a new "
            + $"{nameof(Swag)}."));
    }

    private WeightMoments MomentsOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Array.Find(_weights, each => each.Name == name).Moments ?? throw new ArgumentException(
            $"'{name}' is not a parameter that is collected; expected one of {string.Join(", ", RandomParameters)}.", nameof(name));
    }

    private void RequireCollected(int least)
    {
        if (Count < least)
            throw new InvalidOperationException(
                $"Weights were collected {Count} times; expected at least {least} times ({nameof(Collect)}).");
    }

    private sealed class EpochCollector(Swag swag, int first, int between, IProgress<TrainingProgress>? progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Epoch.Number >= first && (value.Epoch.Number - first) % between == 0)
                swag.Collect();
            progress?.Report(value);
        }
    }
}
