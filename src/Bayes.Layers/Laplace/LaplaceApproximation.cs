using Bayes.Layers.Laplace;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// A Laplace approximation of a network that is already trained: a normal distribution of its weights around the trained ones, whose precision is the
/// curvature of the loss plus that of the prior (MacKay 1992, "A Practical Bayesian Framework for Backpropagation Networks"; Daxberger et al. 2021,
/// "Laplace Redux"). It needs one pass over the training data, and the network's mean prediction stays as it was.
/// </summary>
/// <remarks>
/// <para><see cref="Predict(NetworkInput, bool?)"/> is in closed form, for the network linearised in its weights (Immer et al. 2021, "Improving
/// Predictions of
/// Bayesian Neural Nets via Local Linearization"). <see cref="Model"/> is a distribution over functions with drawn weights, for
/// <see cref="MonteCarloPredictive"/>, ensembles and checkpoints; for a last layer both are the same distribution of outputs.</para>
/// <para>The curvature is the generalized Gauss–Newton matrix H = Σ_n J_nᵀ Λ_n J_n, with the Jacobian J_n of the outputs of a row and the curvature
/// Λ_n of the likelihood in them. Normalizations and dropout stay as in evaluation mode.</para>
/// <para>Owns the curvature: dispose it. The network stays the caller's until <see cref="Model"/> is read, and must not be trained further.</para>
/// </remarks>
/// <example>
/// <code>
/// using var laplace = LaplaceApproximation.Fit(network, inputs, targets, new GaussianLikelihood(stddev: 0.3));
/// using var prediction = laplace.Predict(newInputs);
/// var (lower, upper) = prediction.PredictionInterval(0.95);
/// </code>
/// </example>
public sealed class LaplaceApproximation : IDisposable
{
    private readonly nn.Module _network;
    private readonly LaplaceOptions _options;
    private readonly IReadOnlyList<LayerCapture> _layers;
    private readonly Curvature _curvature;
    private readonly Evidence _evidence;
    private readonly CurvatureSettings _settings;
    private readonly double _bytesPerRow, _outputs;
    private readonly LastLayer? _last;
    private WeightCovariance? _covariance;
    private WeightSpaceModule? _model;
    private bool _isDisposed;

    private LaplaceApproximation(nn.Module network, LaplaceOptions options, CurvatureFit fit)
    {
        _network = network;
        _options = options;
        _settings = fit.Settings;
        _layers = fit.Layers;
        _curvature = fit.Curvature;
        _evidence = fit.ToEvidence();
        (_bytesPerRow, _outputs) = (fit.BytesPerRow, fit.OutputCount);
        _last = fit.Last;
        Rows = fit.Rows;
        Likelihood = fit.Likelihood;
        Paths = [.. _layers.Select(layer => layer.Path)];
        PriorPrecisions = [.. Paths.Select(_ => 1.0)];
        if (options.PriorPrecision is { } given)
            SetPriorPrecisions([given]);
        else
            OptimizeEvidence();
    }

    /// <summary>Gets the paths of the layers whose weights are random.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>Gets N, the number of rows of the data.</summary>
    public long Rows { get; }

    /// <summary>Gets the prior precision of the weights of each layer, in the order of <see cref="Paths"/>: 1 / variance of a prior of mean
    /// 0.</summary>
    public IReadOnlyList<double> PriorPrecisions { get; private set; }

    /// <summary>Gets p(y | f); after <see cref="OptimizeEvidence"/> with the standard deviation that it found.</summary>
    public Likelihood Likelihood { get; private set; }

    /// <summary>
    /// Gets the evidence log p(D) of the approximation, in nats: log p(D | θ) + log p(θ) + ½ P log 2π − ½ log det(H + prior precision), with θ the
    /// weights that are random. Of networks for the same data the one with the highest evidence is to be preferred (MacKay 1992).
    /// </summary>
    public double LogMarginalLikelihood => _evidence.At(_curvature, _evidence.ScaleOf(Likelihood), PriorPrecisions);

    /// <summary>
    /// Gets the network with this distribution of its weights: a distribution over functions for <see cref="MonteCarloPredictive"/>, made at the
    /// first
    /// reading and again after a change of the prior. It owns the network; dispose it instead of the network.
    /// </summary>
    public WeightSpaceModule Model => _model ??= MakeModel();

    /// <summary>Approximates the posterior of a trained network.</summary>
    /// <param name="network">The trained network. It is not changed.</param>
    /// <param name="input">The inputs of the training data, <c>[B, …]</c>.</param>
    /// <param name="target">Their targets, as the likelihood takes them.</param>
    /// <param name="likelihood">p(y | f), with which the network was trained: its loss is the negative log-probability.</param>
    /// <param name="options">Which weights, which curvature and which prior; null for the last layer, Kronecker-factored, with the prior precision of
    /// the highest evidence.</param>
    /// <returns>The approximation; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The data, the network or an option does not fit, or a full curvature does not fit into memory.</exception>
    /// <exception cref="NotSupportedException">A chosen layer or the likelihood has no curvature here.</exception>
    /// <exception cref="InvalidOperationException">The curvature is zero or not finite.</exception>
    public static LaplaceApproximation Fit(
        nn.Module network, NetworkInput input, Tensor target, Likelihood likelihood, LaplaceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        return Fit(network, [(input, target)], likelihood, options);
    }

    /// <param name="network">The trained network. It is not changed.</param>
    /// <param name="batches">The training data, once; the batches stay the caller's.</param>
    /// <param name="likelihood">p(y | f), with which the network was trained: its loss is the negative log-probability.</param>
    /// <param name="options">Which weights, which curvature and which prior.</param>
    /// <inheritdoc cref="Fit(nn.Module, NetworkInput, Tensor, Likelihood, LaplaceOptions?)"/>
    public static LaplaceApproximation Fit(
        nn.Module network, IEnumerable<(NetworkInput Input, Tensor Target)> batches, Likelihood likelihood, LaplaceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(batches);
        ArgumentNullException.ThrowIfNull(likelihood);
        options ??= new LaplaceOptions();
        using var fit = new CurvatureFit(network, likelihood.Frozen(), options);
        lock (WeightSpaceModule.GateOf(network))
        {
            using var evaluation = ModuleMode.Evaluation(network);
            foreach (var (input, target) in batches)
                fit.Add(input, target);
            fit.Complete();
        }
        return fit.Result(new LaplaceApproximation(network, options, fit));
    }

    /// <summary>
    /// Computes the evidence for other prior precisions, differentiable in them: for an optimizer of your own.
    /// </summary>
    /// <param name="priorPrecisions">One number above 0 for all layers or one for each, <c>[1]</c> or <c>[layers]</c>.</param>
    /// <param name="noiseStddev">The standard deviation of a Gaussian likelihood, a scalar, differentiable; null for that of
    /// <see cref="Likelihood"/>.</param>
    /// <returns>A scalar in nats, in double precision.</returns>
    /// <exception cref="ArgumentException">A number of precisions does not fit, or the likelihood has no single standard deviation.</exception>
    public Tensor LogMarginalLikelihoodOf(Tensor priorPrecisions, Tensor? noiseStddev = null)
    {
        ArgumentNullException.ThrowIfNull(priorPrecisions);
        Alive();
        using var scope = NewDisposeScope();
        var precisions = priorPrecisions.reshape(-1).to(ScalarType.Float64);
        if (precisions.shape[0] != 1 && precisions.shape[0] != Paths.Count)
            throw new ArgumentException(
                $"There are {precisions.shape[0]} prior precisions; expected 1, or {Paths.Count}, one for each layer.", nameof(priorPrecisions));
        return _evidence.Of(_curvature, _evidence.ScaleOf(Likelihood, noiseStddev), precisions).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Sets the prior precision of the highest evidence, and for a Gaussian likelihood the standard deviation as well if wanted, by MacKay's
    /// re-estimation (MacKay 1992, equation 22) with the steps of expectation–maximization where those would lower the evidence.
    /// </summary>
    /// <param name="forEachLayer">Whether each layer has its own precision; null for the option of <see cref="Fit(nn.Module, NetworkInput, Tensor,
    /// Likelihood, LaplaceOptions?)"/>.</param>
    /// <param name="noise">Whether to set the standard deviation of a Gaussian likelihood as well.</param>
    /// <returns>The evidence reached, in nats.</returns>
    /// <exception cref="ArgumentException">The likelihood has no single standard deviation.</exception>
    /// <exception cref="InvalidOperationException">The evidence has no highest value at a finite precision.</exception>
    public double OptimizeEvidence(bool? forEachLayer = null, bool noise = false)
    {
        Alive();
        var (precisions, scale) = _evidence.Maximize(
            _curvature, _evidence.ScaleOf(Likelihood), forEachLayer ?? _options.PrecisionForEachLayer, noise);
        if (noise)
            Likelihood = _evidence.LikelihoodAt(scale);
        SetPriorPrecisions([.. precisions]);
        return LogMarginalLikelihood;
    }

    /// <summary>Sets the prior precision with the highest log density of data that were not used for training.</summary>
    /// <param name="input">The inputs of the validation data, <c>[B, …]</c>.</param>
    /// <param name="target">Their targets.</param>
    /// <param name="candidates">Precisions to try; by default 21 from 10⁻⁴ to 10⁴.</param>
    /// <returns>The mean log density of a row with the precision that was chosen, in nats.</returns>
    /// <exception cref="ArgumentException">The data do not fit, or there are no candidates.</exception>
    public double OptimizeOnValidation(NetworkInput input, Tensor target, IReadOnlyList<double>? candidates = null)
    {
        Alive();
        candidates ??= [.. Enumerable.Range(-10, 21).Select(each => Math.Pow(10, 0.4 * each))];
        if (candidates.Count == 0)
            throw new ArgumentException("There are no candidates; expected at least one prior precision.", nameof(candidates));
        var densities = candidates.Select(each =>
        {
            SetPriorPrecisions([each]);
            using var scope = NewDisposeScope();
            using var prediction = Predict(input);
            return prediction.LogDensityOf(target).to(ScalarType.Float64).mean().ReadDouble();
        }).ToArray();
        int best = Array.IndexOf(densities, densities.Max());
        SetPriorPrecisions([candidates[best]]);
        return densities[best];
    }

    /// <summary>Sets the prior precision.</summary>
    /// <param name="precisions">One number above 0 for all layers, or one for each of <see cref="Paths"/>.</param>
    /// <exception cref="ArgumentException">The count does not fit, or a number or its inverse overflows in the type of the weights.</exception>
    public void SetPriorPrecisions(params double[] precisions)
    {
        ArgumentNullException.ThrowIfNull(precisions);
        Alive();
        if (precisions.Length != 1 && precisions.Length != Paths.Count)
            throw new ArgumentException(
                $"There are {precisions.Length} prior precisions; expected 1, or {Paths.Count}, one for each layer.", nameof(precisions));
        double[] all = [.. Paths.Select((_, i) => precisions[precisions.Length == 1 ? 0 : i])];
        foreach (var (i, precision) in all.Index())
        {
            var type = _layers[i].Matrices[0].Weight.Value.dtype.AtLeastSingle();
            double largest = type == ScalarType.Float64 ? 1e300 : 1e37;
            if (!(precision >= 1 / largest && precision <= largest))
                throw new ArgumentOutOfRangeException(
                    nameof(precisions), precision,
                    $"The prior precision is {precision}; expected a number from {1 / largest} to {largest}, which does not overflow in {type}.");
        }
        PriorPrecisions = all;
        _covariance?.Dispose();
        _covariance = null;
        _model = null;
    }

    /// <summary>
    /// Predicts in closed form with the network linearised in its weights: the outputs are normal, with the network's own output as their mean and
    /// the
    /// covariance J Σ Jᵀ.
    /// </summary>
    /// <param name="input">The inputs, <c>[B, …]</c>.</param>
    /// <param name="joint">Whether to compute the covariance between the outputs of a row, and not only their variances; null for up to 64
    /// outputs.</param>
    /// <returns>The prediction; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The input does not fit.</exception>
    public ClosedFormPrediction Predict(NetworkInput input, bool? joint = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        Alive();
        input.RequireBatch();
        using var scope = NewDisposeScope();
        lock (WeightSpaceModule.GateOf(_network))
        {
            using var evaluation = ModuleMode.Evaluation(_network);
            _covariance ??= _curvature.Covariance(_evidence.ScaleOf(Likelihood), PerMatrix(PriorPrecisions));
            List<Tensor> means = [], spreads = [];
            bool isJoint = false;
            double ofCovariance = joint ?? _outputs <= ClosedFormPrediction.MostJointOutputs ? 3 * sizeof(double) * _outputs * _outputs : 0;
            long most = _settings.RowsOf((_bytesPerRow + ofCovariance) / 2);
            for (long first = 0; first < input.Rows; first += most)
            {
                using var block = NewDisposeScope();
                var rows = most >= input.Rows ? input : input.Narrow(first, Math.Min(most, input.Rows - first));
                using var pass = CapturedPass.Run(_network, rows, _options.Output, _layers);
                isJoint = joint ?? pass.OutputCount <= ClosedFormPrediction.MostJointOutputs;
                means.Add(pass.Output.alias().MoveToOuterDisposeScope());
                spreads.Add((isJoint ? _covariance.OutputCovariance(pass) : _covariance.OutputVariance(pass)).MoveToOuterDisposeScope());
            }
            Tensor mean = Joined(means), spread = Joined(spreads);
            return ClosedFormPrediction.Of(Likelihood, mean, spread, isJoint).MoveToOuter(scope);
        }

        static Tensor Joined(List<Tensor> blocks) => blocks.Count == 1 ? blocks[0] : cat(blocks, 0);
    }

    /// <summary>Frees the curvature. The network and a model that was read stay.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _covariance?.Dispose();
        _curvature.Dispose();
    }

    /// <summary>Describes the approximation: layers, curvature, rows, prior precision and evidence.</summary>
    public override string ToString()
    {
        string layers = string.Join(", ", Paths.Select(path => path.Length == 0 ? "the network" : $"'{path}'"));
        string precisions = string.Join(", ", PriorPrecisions.Distinct().Select(each => FormattableString.Invariant($"{each:G4}")));
        string evidence = _isDisposed ? "disposed" : FormattableString.Invariant($"log evidence {LogMarginalLikelihood:F2} nats");
        return $"{nameof(LaplaceApproximation)}({_options.Curvature} curvature of {layers}, "
            + FormattableString.Invariant($"{Rows} rows, prior precision {precisions}, {evidence})");
    }

    private WeightSpaceModule MakeModel()
    {
        Alive();
        using var scope = NewDisposeScope();
        _covariance ??= _curvature.Covariance(_evidence.ScaleOf(Likelihood), PerMatrix(PriorPrecisions));
        var starts = new List<NetworkStart>();
        foreach (var (i, layer) in _layers.Index())
            foreach (var matrix in layer.Matrices)
                foreach (var parameter in matrix.Parameters)
                {
                    var (family, values) = _covariance.PosteriorOf(parameter);
                    starts.Add(new NetworkStart(
                        parameter, new NormalPrior(0, 1 / Math.Sqrt(PriorPrecisions[i])), family, values, InitialLogStddev: null,
                        parameter == matrix.Weight ? matrix.FixedRow : null));
                }
        return new WeightSpaceModule(_network, starts, _last, copy: null, _options.Output);
    }

    private double[] PerMatrix(IReadOnlyList<double> precisions) =>
        [.. _layers.SelectMany((layer, i) => layer.Matrices.Select(_ => precisions[i]))];

    private void Alive() => ObjectDisposedException.ThrowIf(_isDisposed, this);
}
