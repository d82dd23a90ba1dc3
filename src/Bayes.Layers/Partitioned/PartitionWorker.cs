using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Training;
using static TorchSharp.torch;

namespace Bayes.Layers.Partitioned;

/// <summary>
/// Answers the requests of partitioned inference where the data of a partition are. It trains the posterior on these data alone, with the cavity as
/// the prior, and sends back how the partition's factor changed (Bui et al. 2018, "Partitioned Variational Inference", algorithm 1; Ashman et al.
/// 2022, "Partitioned Variational Inference: A Framework for Probabilistic Federated Learning", §3).
/// </summary>
/// <remarks>
/// <para>The answer is a function of the request, the data and the options: the same to the bit however often and on however many threads it is
/// computed on one kind of machine. It is computed with one native thread.</para>
/// <para>The model is the worker's workspace: an answer changes its posterior. Owns neither the model nor the data. Do not share a worker between
/// threads.</para>
/// </remarks>
public sealed class PartitionWorker
{
    private const int RowsOfEvaluation = 1024;

    private readonly BayesianModule _model;
    private readonly Likelihood _likelihood;
    private readonly PartitionWorkerOptions _options;
    private readonly ModelSchema _schema;
    private (byte[] Request, PartitionAnswer Answer)? _lastPrivate;

    /// <summary>Creates a worker.</summary>
    /// <param name="partition">The data.</param>
    /// <param name="model">The model, made like that of all partitions.</param>
    /// <param name="likelihood">p(y | f), which learns nothing.</param>
    /// <param name="options">The options; the defaults if null.</param>
    /// <exception cref="ArgumentException">
    /// The model has a posterior other than independent normal weights, a prior that is not normal or learns, or numbers that are trained without a
    /// posterior; the likelihood learns; or the rows do not fit the model.
    /// </exception>
    public PartitionWorker(Partition partition, BayesianModule model, Likelihood likelihood, PartitionWorkerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(partition);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(likelihood);
        (Partition, _model, _likelihood, _options) = (partition, model, likelihood, options ?? new PartitionWorkerOptions());
        _schema = ModelSchema.Of(model, likelihood);
        PrivateAnswers = _options.Privacy?.AnswersBefore ?? 0;
        RequireFittingRows();
    }

    /// <summary>Gets the data.</summary>
    public Partition Partition { get; }

    /// <summary>Gets the fingerprint of model and likelihood.</summary>
    public string Fingerprint => _schema.Fingerprint;

    /// <summary>
    /// Gets the number of different answers with noise that were given, over all the partition's time, for
    /// <see cref="PrivacyAccountant.Epsilon"/>; 0 without <see cref="PartitionWorkerOptions.Privacy"/>.
    /// </summary>
    public int PrivateAnswers { get; private set; }

    /// <summary>Computes the answer to a request. With privacy, the last request gets the same answer again if it is repeated.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends the training.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="ArgumentException">The request is for another partition, or of another model; the message says what differs.</exception>
    /// <exception cref="InvalidOperationException">The rows do not fit the model, the training did not stay finite, or the partition may give no
    /// more answers.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public PartitionAnswer Answer(PartitionRequest request, CancellationToken cancellationToken = default) =>
        Answer(request, _model, cancellationToken);

    /// <summary>Computes the answer with another model of the same fingerprint as the workspace.</summary>
    internal PartitionAnswer Answer(PartitionRequest request, BayesianModule model, CancellationToken cancellationToken)
    {
        RequireFits(request);
        if (_options.Privacy is not { } privacy)
            return Find(request, model, cancellationToken);
        byte[] bytes = request.ToBytes();
        if (_lastPrivate is { } last && bytes.AsSpan().SequenceEqual(last.Request))
            return last.Answer;
        if (PrivateAnswers >= privacy.MostAnswers)
            throw new InvalidOperationException(
                $"Partition '{Partition.Name}' has given {PrivateAnswers} answers, all that its privacy allows; expected no further request.");
        var found = Find(request, model, cancellationToken);
        var answer = found with { Change = Sent(FactorProtection.Apply(found.Change, PosteriorOf(request), privacy, bytes)) };
        PrivateAnswers++;
        _lastPrivate = (bytes, answer);
        return answer;
    }

    private PartitionAnswer Find(PartitionRequest request, BayesianModule model, CancellationToken cancellationToken)
    {
        // Putting one back on a thread that has one would make it the start of new threads too.
        using var oneThread = get_num_threads() > 1 ? TorchThreads.One() : null;
        using var scope = NewDisposeScope();
        try
        {
            ModelSchema.Write(model, request.Start ?? PosteriorOf(request));
            double? expected = _options.Privacy is null ? ExpectedLogLikelihood(model, request.Seed) : null;
            Train(request, model, cancellationToken);
            var found = _schema.Read(model);
            if (found.NameOfNonFinite() is { } name)
                throw new InvalidOperationException($"the posterior of '{name}' is not finite after training; expected a training that converges.");
            var change = found.Minus(request.Cavity);
            return new PartitionAnswer
            {
                Partition = Partition.Name,
                Number = request.Number,
                Version = request.Version,
                Fingerprint = Fingerprint,
                Change = Sent(request.Factor is { } factor ? change.Minus(factor) : change),
                Examples = _options.Privacy is null ? Partition.Rows : null,
                ExpectedLogLikelihood = expected,
            };
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or TrainingDivergedException)
        {
            throw new InvalidOperationException($"Partition '{Partition.Name}' could not answer: {exception.Message}", exception);
        }
    }

    private NaturalParameters Sent(NaturalParameters values) => _schema.IsSingle ? values.Rounded() : values;

    /// <summary>Computes E[log p(y | f)] of a posterior, summed over the rows, in nats.</summary>
    /// <returns>The sum, or null if the partition protects its data.</returns>
    internal double? Evaluate(NaturalParameters posterior, BayesianModule model, long seed)
    {
        if (_options.Privacy is not null)
            return null;
        ModelSchema.Write(model, posterior);
        return ExpectedLogLikelihood(model, seed);
    }

    private double ExpectedLogLikelihood(BayesianModule model, long seed)
    {
        using var noise = new TorchNoise(unchecked((long)Numerics.Fingerprint.Of((ulong)seed, 1)));
        using var noGrad = no_grad();
        var estimator = EstimatorOf(model, noise).WithSamples(_options.EvaluationSamples);
        using var batches = NewDisposeScope();
        double sum = 0;
        foreach (var (input, target) in Partition.Batches(RowsOfEvaluation))
        {
            using (NewDisposeScope())
            {
                var logs = _likelihood.LogProbability(model.Sample(input, estimator).Widened(), target);
                sum += logs.to(ScalarType.Float64).mean([0L]).sum().ReadDouble();
            }
            BatchSource.Dispose(batches, input, target);
        }
        return sum;
    }

    private void Train(PartitionRequest request, BayesianModule model, CancellationToken cancellationToken)
    {
        using var noise = new TorchNoise(request.Seed);
        using var priors = new CavityPriors(model, request.Cavity);
        using var loss = ElboLoss.Borrowing(_likelihood, Partition.Rows);
        var trainer = new VariationalTrainer(model, loss, _options.Training with
        {
            Estimator = EstimatorOf(model, noise),
            ShuffleSeed = unchecked((int)request.Seed),
        });
        var history = Partition.Stream is { } stream
            ? trainer.Fit(stream, cancellationToken: cancellationToken)
            : trainer.Fit(Partition.Input!, Partition.Target!, cancellationToken: cancellationToken);
        if (history.End == TrainingEnd.Cancelled)
            throw new OperationCanceledException(cancellationToken);
    }

    private Estimator EstimatorOf(BayesianModule model, NoiseSource noise) =>
        _options.CreateEstimator?.Invoke(noise)
        ?? (model.BayesianModules().Any(module => module.NeedsDrawnWeights)
            ? new Reparameterization(noise: noise) : new LocalReparameterization(noise: noise));

    /// <summary>Returns the product of cavity and factor, with the cavity alone for the weights whose precision would not be above 0.</summary>
    private static NaturalParameters PosteriorOf(PartitionRequest request)
    {
        var cavity = request.Cavity;
        if (request.Factor is not { } factor)
            return cavity;
        double[] precisionMeans = new double[cavity.Count], precisions = new double[cavity.Count];
        for (int i = 0; i < precisions.Length; i++)
        {
            bool isProper = cavity.Precisions[i] + factor.Precisions[i] > 0;
            precisionMeans[i] = cavity.PrecisionMeans[i] + (isProper ? factor.PrecisionMeans[i] : 0);
            precisions[i] = cavity.Precisions[i] + (isProper ? factor.Precisions[i] : 0);
        }
        return new NaturalParameters(cavity.Layout, precisionMeans, precisions);
    }

    private void RequireFits(PartitionRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Partition != Partition.Name)
            throw new ArgumentException(
                $"The request is for partition '{request.Partition}', and this worker has the data of '{Partition.Name}'.", nameof(request));
        foreach (var values in new[] { request.Cavity, request.Factor, request.Start })
            if (values is not null && _schema.Layout.DifferenceFrom(values.Layout) is { } difference)
                throw new ArgumentException($"The request does not fit the model of partition '{Partition.Name}': {difference}.", nameof(request));
        if (request.Fingerprint != Fingerprint)
            throw new ArgumentException(
                $"The request has the fingerprint {request.Fingerprint} and the model of partition '{Partition.Name}' {Fingerprint}: the weights "
                + "have the same shapes, but priors, modules, likelihood or frozen numbers differ.", nameof(request));
        RequireProper(request.Cavity, "cavity");
        if (request.Start is { } start)
            RequireProper(start, "start");
        if (request.Factor?.NameOfNonFinite() is { } name)
            throw new ArgumentException(
                $"The factor for partition '{Partition.Name}' has a number in '{name}' that is not finite; expected finite numbers.",
                nameof(request));
    }

    private void RequireProper(NaturalParameters values, string what)
    {
        if (values.NameOfNonFinite() is { } name)
            throw new ArgumentException(
                $"The {what} for partition '{Partition.Name}' has a number in '{name}' that is not finite; expected finite numbers.", nameof(values));
        foreach (double precision in values.Precisions)
            if (!(precision > 0))
                throw new ArgumentException(
                    $"The {what} for partition '{Partition.Name}' has a precision of {precision}; expected precisions above 0.", nameof(values));
    }

    // One row tells whether inputs and targets fit, before anything is trained.
    private void RequireFittingRows()
    {
        if (Partition.Stream is not null)
            return;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        try
        {
            var input = Partition.Input!.Narrow(0, 1);
            _model.Examine(input);
            using var logs = _likelihood.LogProbability(_model.Sample(input, PosteriorMean.Instance).Widened(), Partition.Target!.narrow(0, 0, 1));
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException($"Partition '{Partition.Name}' does not fit the model: {exception.Message}", nameof(Partition), exception);
        }
    }
}
