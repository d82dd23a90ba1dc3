using Bayes.Layers.Estimators;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>One call of <see cref="VariationalTrainer"/>'s Fit.</summary>
/// <remarks>Owns the step and the copies of values; dispose it.</remarks>
internal sealed class TrainingRun : IDisposable
{
    private readonly VariationalTrainerOptions _options;
    private readonly BatchSource _source;
    private readonly ValidationSet? _validation;
    private readonly AutomaticLength? _length;
    private readonly TrainingRecord _record;
    private readonly TrainingStep _step;
    private readonly KeptValues _best;
    private readonly LearningRateSchedule? _schedule;
    private readonly EpochSteps? _steps;
    private readonly TrainingState? _state;

    public TrainingRun(BayesianModule model, ElboLoss loss, VariationalTrainerOptions options, BatchSource source, ValidationData? validation)
    {
        (_options, _source) = (options, source);
        _validation = validation is null ? null : new ValidationSet(validation, model, loss, options);
        _length = options.Epochs is null ? new AutomaticLength(source.StepsPerEpoch(options.BatchesPerStep)) : null;
        _record = new TrainingRecord(options.RestoreBest, source.Seed);
        _step = CreateStep(model, loss, options);
        // After the step, which may have replaced the parameters.
        _best = new KeptValues(TrainingState.Values(model, loss));
        try
        {
            _schedule = new LearningRateSchedule(_step, options, _length);
            _steps = new EpochSteps(_step, source, _schedule, _record, options, MaximumEpochs);
            _state = options.StatePath is null && options.ResumeFrom is null ? null : new TrainingState(_step, _best);
            if (options.ResumeFrom is { } path)
                Resume(_state!.Load(path));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Trains to the end.</summary>
    /// <exception cref="TrainingDivergedException">Too many steps in a row were refused.</exception>
    public TrainingHistory Run(IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        // A training that was interrupted after its last epoch only has to end.
        var end = _record.Epochs.Count > 0 ? EndAfter(_record.Epochs[^1]) : null;
        for (int epoch = _record.Epochs.Count; end is null; epoch++)
        {
            using var scope = NewDisposeScope();
            if (!_steps!.Make(epoch, cancellationToken))
            {
                end = TrainingEnd.Cancelled;
                break;
            }
            var finished = _record.ToEpoch(_step.Loss.Beta, _step.LearningRate, Validate(epoch, cancellationToken));
            Add(finished);
            bool isBest = _record.Judge(finished, _options.MinimumImprovement);
            if (isBest && _options.RestoreBest)
                _best.Keep();
            progress?.Report(new TrainingProgress(finished, MaximumEpochs, isBest));
            _schedule!.EndEpoch(Measure(finished));
            end = EndAfter(finished);
            if (_options.StatePath is { } path && ((epoch + 1) % _options.EpochsBetweenStates == 0 || end is not null))
                _state!.Save(path, _record.Counts);
        }
        if (_options.RestoreBest)
            _best.Restore();
        return _record.History(end.Value);
    }

    public void Dispose()
    {
        _step.Dispose();
        _steps?.Dispose();
        _best.Dispose();
    }

    private int MaximumEpochs => _options.Epochs ?? _length!.MaximumEpochs;

    private static TrainingStep CreateStep(BayesianModule model, ElboLoss loss, VariationalTrainerOptions options)
    {
        var estimator = options.Estimator ?? model.GivenTrainingEstimator
            ?? (model.BayesianModules().Any(module => module.NeedsDrawnWeights) ? new Reparameterization() : new LocalReparameterization());
        if (options.Samples is { } samples)
            estimator = estimator.WithSamples(samples);
        if (options.CreateStep is not { } create)
            return new VariationalStep(model, loss, parameters => options.CreateOptimizer(parameters, options.LearningRate), estimator);
        return create(new TrainingStepSettings(model, loss, estimator, options.LearningRate))
            ?? throw new ArgumentException($"{nameof(options.CreateStep)} returned null; expected a step.", nameof(options));
    }

    private double? Validate(int epoch, CancellationToken cancellationToken)
    {
        bool isLast = epoch + 1 == (_length is null ? _options.Epochs : _length.Epochs);
        if (_validation is null || !isLast && (epoch + 1) % _options.EpochsBetweenValidations != 0)
            return null;
        try
        {
            return _validation.LogDensity(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>
    /// Returns the measure for a schedule of the learning rate: with a validation set, the negative log density of the last validation, and infinity
    /// before the first. The loss is on another scale.
    /// </summary>
    private double Measure(TrainingEpoch epoch) => _validation is null ? epoch.Loss
        : -(_record.Epochs.LastOrDefault(each => each.ValidationLogDensity is not null)?.ValidationLogDensity ?? double.NegativeInfinity);

    private TrainingEnd? EndAfter(TrainingEpoch epoch)
    {
        // Only after a validation: patience must not run out between two.
        if (epoch.ValidationLogDensity is not null && epoch.Number - (_record.Best?.Number ?? 0) >= _options.Patience)
            return TrainingEnd.EarlyStopping;
        if (_length is null)
            return epoch.Number >= _options.Epochs ? TrainingEnd.LastEpoch : null;
        return epoch.Number != _length.Epochs ? null : _length.HasSettled ? TrainingEnd.Settled : TrainingEnd.LongestTraining;
    }

    private void Add(TrainingEpoch epoch)
    {
        _record.Add(epoch);
        _length?.Add(epoch.NegativeLogLikelihood + _step.Loss.KlWeight * epoch.KlDivergence);
    }

    private void Resume(TrainingCounts counts)
    {
        foreach (var epoch in counts.Epochs)
        {
            Add(epoch);
            _schedule!.EndSteps(epoch.Steps + epoch.RefusedSteps);
            _schedule.EndEpoch(Measure(epoch));
        }
        _record.ContinueFrom(counts);
        _source.SkipTo?.Invoke(_record.ShuffleSeed, _record.Epochs.Count);
        _steps!.KeepBuffers();
    }
}
