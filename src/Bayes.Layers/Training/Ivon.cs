using Bayes.Layers.Likelihoods;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Trains a plain network and a normal posterior around its weights at about the cost of Adam: a variational optimizer whose second moment is the
/// curvature of the loss, and so the posterior's precision (Shen et al. 2024, "Variational Learning is Effective for Large Deep Networks", algorithm
/// 1, IVON).
/// </summary>
/// <remarks>
/// <para>It descends λ E_q[loss] + KL(q ‖ p) for q = N(m, 1 / (λ (h + δ))) and the prior p = N(0, 1 / (λ δ)), independently for each weight, where
/// the loss is a mean over examples and λ the number of examples it stands for. Each step draws weights w = m + ε / √(λ (h + δ)), puts them into the
/// network, takes the gradient ĝ there, and estimates the Hessian's diagonal as ĥ = ĝ (w − m) λ (h + δ). The step is g ← β₁ g + (1 − β₁) ĝ,
/// h ← h + d + ½ d² / (h + δ) with d = (1 − β₂) (ĥ − h), and m ← m − α (h₀ + δ) (g / (1 − β₁ᵗ) + δ m) / (h + δ). With the term d², h + δ stays above
/// 0 for every ĥ.</para>
/// <para>Call <see cref="Step"/> in a loop of your own, or let <see cref="Fit"/> train. Between steps, and after an exception, the network's
/// parameters are the means m. All parameters that require a gradient are random, each once if modules share it; frozen ones stay. Running
/// statistics of normalizations are updated by the passes with drawn weights.</para>
/// <para>Needs five numbers for each weight besides the network and its gradient, in at least single precision. Move the
/// network and freeze parameters before. Owns its state, not the network: dispose it. Do not share it between threads.</para>
/// </remarks>
public sealed class Ivon : IDisposable
{
    // As of a trainer.
    private const int MostRefusedInARow = 10;

    private readonly nn.Module _network;
    private readonly IvonState _state;
    private readonly KeptValues _buffers;
    private readonly double? _maximumGradientNorm;
    private int _refusedInARow;
    private bool _disposed;

    /// <summary>Creates an optimizer for a network, whose weights are the first means.</summary>
    /// <param name="network">The network, plain, of one to four inputs.</param>
    /// <param name="options">The options, with <see cref="IvonOptions.EffectiveSampleSize"/>.</param>
    /// <exception cref="ArgumentException">
    /// The network is Bayesian, no parameter requires a gradient, or the effective sample size is missing.
    /// </exception>
    public Ivon(nn.Module network, IvonOptions options) : this(network, options, SizeOf(options))
    {
    }

    private Ivon(nn.Module network, IvonOptions options, double size)
    {
        ArgumentNullException.ThrowIfNull(network);
        _network = network;
        _state = new IvonState(network, IvonSettings.Of(options, size));
        _buffers = new KeptValues(GuardedStep.BuffersOfPasses(network));
        (LearningRate, _maximumGradientNorm) = (options.LearningRate, options.MaximumGradientNorm);
    }

    /// <summary>Gets λ, the number of examples that the mean loss stands for.</summary>
    public double EffectiveSampleSize => _state.Settings.EffectiveSampleSize;

    /// <summary>Gets δ.</summary>
    public double WeightDecay => _state.Settings.WeightDecay;

    /// <summary>Gets the standard deviation of the prior of each weight, 1 / √(λ δ).</summary>
    public double PriorStddev => _state.Settings.PriorStddev;

    /// <summary>Gets or sets α, the learning rate, for a schedule in a loop of your own; above 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double LearningRate { get; set => field = Require.PositiveAndFinite(value, nameof(LearningRate)); }

    /// <summary>Gets the number of steps made.</summary>
    public long StepCount => _state.StepCount;

    /// <summary>Gets the number of steps that were refused because a number was not finite.</summary>
    public long RefusedSteps { get; private set; }

    /// <summary>Gets the names of the parameters that are random, as in the network's <c>state_dict</c>.</summary>
    public IReadOnlyList<string> RandomParameters => [.. _state.Weights.Select(each => each.Parameter.Name)];

    /// <summary>
    /// Trains a network with <see cref="VariationalTrainer"/>: batches, validation with draws of the posterior, progress, early stopping, schedules,
    /// refusal of steps that are not finite, history and resuming are the trainer's. Also trains the parameters of the likelihood.
    /// </summary>
    /// <param name="network">The network, plain, of one to four inputs, which the model then owns. After an exception it stays the caller's.</param>
    /// <param name="input"><c>[N, …]</c>; for a network with several inputs, each of them.</param>
    /// <param name="target"><c>[N, …]</c>, in the shape that the likelihood takes.</param>
    /// <param name="likelihood">p(y | f), whose mean −log p(y | f) is the loss.</param>
    /// <param name="options">The options; the defaults if null.</param>
    /// <param name="validation">Held-out examples; null by default.</param>
    /// <param name="progress">Receives a report after every epoch.</param>
    /// <param name="cancellationToken">Ends training between two steps.</param>
    /// <returns>The model, which the caller disposes, and the history of the training.</returns>
    /// <exception cref="ArgumentException">The network is Bayesian or has nothing to train, or tensors do not fit.</exception>
    /// <exception cref="TrainingDivergedException">Too many steps in a row were not finite.</exception>
    public static IvonResult Fit(
        nn.Module network, NetworkInput input, Tensor target, Likelihood likelihood, IvonOptions? options = null,
        ValidationData? validation = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(likelihood);
        options ??= new IvonOptions();
        input.RequireBatch();
        using var ivon = new Ivon(network, options, input.Rows);
        using var loss = ElboLoss.Borrowing(likelihood, input.Rows, input.Rows / ivon.EffectiveSampleSize);
        var model = ivon.ToModel();
        var training = options.Training with
        {
            KlSchedule = new ConstantKl(),
            MaximumGradientNorm = options.Training.MaximumGradientNorm ?? options.MaximumGradientNorm,
            CreateStep = settings => new IvonStep(model, settings.Loss, ivon._state, options),
        };
        try
        {
            return new IvonResult(model, new VariationalTrainer(model, loss, training).Fit(input, target, validation, progress, cancellationToken));
        }
        catch
        {
            // Not the model, which would dispose the network.
            foreach (var posterior in model.Posteriors())
                posterior.Parameters.Single(each => each.Name == MeanFieldNormal.LogVarianceName).Value.Dispose();
            throw;
        }
    }

    /// <summary>Makes one step. The drawn weights are in the network while the loss is computed, and nowhere else.</summary>
    /// <remarks>
    /// A step whose loss, gradient or new weight is not finite is refused: it changes nothing, and <see cref="RefusedSteps"/> counts it. Gradients of
    /// parameters that are not the network's are left where they are, summed over the draws as a mean, for an optimizer of your own.
    /// </remarks>
    /// <param name="loss">
    /// Computes the mean loss of a batch from the network as it is, a scalar with gradient; called once for each draw. The step calls
    /// <c>backward</c>.
    /// </param>
    /// <returns>The mean of the loss over the draws, before the step.</returns>
    /// <exception cref="InvalidOperationException">
    /// The loss is not a scalar or has no gradient, parameters were replaced, or ten steps in a row were refused.
    /// </exception>
    public double Step(Func<Tensor> loss)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(loss);
        using var scope = NewDisposeScope();
        _buffers.Keep();
        try
        {
            double value = _state.Differentiate(loss);
            (Tensor Gradient, Tensor Hessian)[] estimates = [.. _state.Weights.Select(each => each.Estimates())];
            Limit(estimates.Select(each => each.Gradient));
            if (double.IsFinite(value) && _state.Prepare(estimates, LearningRate) && _buffers.AreFinite)
            {
                _state.Commit();
                _refusedInARow = 0;
                return value;
            }
            _buffers.Restore();
            RefusedSteps++;
            return ++_refusedInARow < MostRefusedInARow ? value : throw new InvalidOperationException(
                $"The last {_refusedInARow} steps in a row were refused, since a loss, gradient or weight was not finite (the loss is {value}); "
                + $"a learning rate below {LearningRate} or a larger InitialHessian may help.");
        }
        catch
        {
            _buffers.Restore();
            throw;
        }
    }

    /// <summary>Returns h, the running mean of the Hessian's diagonal, of a parameter, a new tensor.</summary>
    /// <param name="name">The parameter's name, as in <see cref="RandomParameters"/>.</param>
    /// <exception cref="ArgumentException">There is no such parameter.</exception>
    public Tensor HessianOf(string name) => WeightsOf(name).Hessian.clone();

    /// <summary>Returns the posterior's variances of the weights of a parameter, 1 / (λ (h + δ)), a new tensor.</summary>
    /// <param name="name">The parameter's name, as in <see cref="RandomParameters"/>.</param>
    /// <exception cref="ArgumentException">There is no such parameter.</exception>
    public Tensor VarianceOf(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return WeightsOf(name).LogVariance().exp().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Makes a model of the network, whose posterior is <see cref="MeanFieldNormal"/> with the current means and variances and whose prior is
    /// N(0, 1 / (λ δ)). The means are the network's own parameters, so later steps move them, and not the model's variances.
    /// </summary>
    /// <param name="copy">Makes another instance of the network, for passes on several threads; null by default
    /// (<c>BayesianConversion.Copy</c>).</param>
    /// <returns>The model, which the caller disposes; it owns the network.</returns>
    public WeightSpaceModule ToModel(Func<nn.Module>? copy = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var prior = new NormalPrior(0, PriorStddev);
        return new WeightSpaceModule(
            _network,
            _state.Weights.Select(each => new NetworkStart(
                each.Parameter, prior, PosteriorFamily.MeanField, [each.LogVariance().MoveToOuterDisposeScope()], InitialLogStddev: null,
                each.FixedRow)),
            last: null, copy, output: null);
    }

    /// <summary>Frees the state of the optimizer, and not the network.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _state.Dispose();
        _buffers.Dispose();
    }

    private static double SizeOf(IvonOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.EffectiveSampleSize ?? throw new ArgumentException(
            $"{nameof(IvonOptions.EffectiveSampleSize)} is null; expected the number of training examples, on which the posterior's width depends.",
            nameof(options));
    }

    // A norm that is not finite leaves the gradient as it is, and the step is refused.
    private void Limit(IEnumerable<Tensor> gradients)
    {
        if (_maximumGradientNorm is { } maximum && Math.Sqrt(Gradients.SquareOf(gradients)) is var norm && norm > maximum && double.IsFinite(norm))
            Gradients.Scale(gradients, maximum / norm);
    }

    private IvonWeights WeightsOf(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(name);
        return _state.Weights.FirstOrDefault(each => each.Parameter.Name == name) ?? throw new ArgumentException(
            $"'{name}' is not a parameter that is random; expected one of {string.Join(", ", RandomParameters)}.", nameof(name));
    }
}
