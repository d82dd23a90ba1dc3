using System.Diagnostics;
using System.Globalization;
using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>One call of <see cref="VariationalTrainer"/>'s Fit.</summary>
/// <remarks>Owns the step and the copies of values; dispose it.</remarks>
internal sealed class TrainingRun : IDisposable
{
    // What standardized data do not reach.
    private const double LargestOfScaledData = 1000;

    private readonly BayesianModule _model;
    private readonly ElboLoss _loss;
    private readonly VariationalTrainerOptions _options;
    private readonly BatchSource _source;
    private readonly ExampleCount _examples;
    private readonly ValidationSet? _validation;
    private readonly VariationalStep _step;
    private readonly GuardedStep _guarded;
    private readonly optim.lr_scheduler.LRScheduler? _scheduler;
    private readonly KeptValues _best;
    private readonly TrainingState? _state;
    private readonly Stopwatch _watch = new();
    private readonly List<TrainingEpoch> _epochs = [];
    private readonly AutomaticLength? _length;
    private double[]? _fullLearningRates;
    private TrainingEpoch? _bestEpoch;
    private long _steps;
    private long _refusedSteps;
    private long _refusedInARow;
    private double _secondsBefore;
    private int _shuffleSeed;

    public TrainingRun(BayesianModule model, ElboLoss loss, VariationalTrainerOptions options, BatchSource source, ValidationData? validation)
    {
        _model = model;
        _loss = loss;
        _options = options;
        _source = source;
        _examples = new ExampleCount(loss.DatasetSize, options.EpochCoversDataset, source.MayDropLast);
        _validation = validation is null ? null : new ValidationSet(validation, model, loss, options);
        _length = options.Epochs is null ? new AutomaticLength(StepsPerEpoch) : null;
        var estimator = options.Estimator ?? model.GivenTrainingEstimator ?? new LocalReparameterization();
        _step = new VariationalStep(
            model, loss, parameters => options.CreateOptimizer(parameters, options.LearningRate), options.Samples is { } samples ? estimator.WithSamples(samples) : estimator);
        // The step has made the parameters anew.
        _guarded = new GuardedStep(_step, model, options.MaximumGradientNorm);
        _best = new KeptValues(TrainingState.Values(model, loss));
        _shuffleSeed = source.Seed;
        try
        {
            _scheduler = options.CreateScheduler?.Invoke(_step.Optimizer);
            _state = options.StatePath is null && options.ResumeFrom is null ? null
                : new TrainingState(model, loss, _best, _step.Optimizer, estimator.Source);
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
    /// <exception cref="TrainingDivergedException">Step after step was refused.</exception>
    public TrainingHistory Run(IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        // A training that was interrupted behind its last epoch has only to end.
        var end = _epochs.Count > 0 ? EndAfter(_epochs[^1]) : null;
        for (int epoch = _epochs.Count; end is null; epoch++)
        {
            using var scope = NewDisposeScope();
            var tally = new EpochTally();
            double before = Seconds;
            if (!TrainEpoch(epoch, tally, cancellationToken))
            {
                end = TrainingEnd.Cancelled;
                break;
            }
            double? logDensity;
            try
            {
                logDensity = IsValidated(epoch) ? _validation!.LogDensity(cancellationToken) : null;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                logDensity = null;
            }
            var record = tally.ToEpoch(epoch + 1, _loss.Beta, LearningRate, Seconds - before, logDensity);
            Add(record);
            bool isBest = KeepIfBest(record);
            progress?.Report(new TrainingProgress(record, MostEpochs, isBest));
            if (!_options.ScheduleEveryStep)
                _scheduler?.step(Measure(record));
            end = EndAfter(record);
            if (_options.StatePath is { } path && ((epoch + 1) % _options.EpochsBetweenStates == 0 || end is not null))
                _state!.Save(path, Counts());
        }
        if (_options.RestoreBest)
            _best.Restore();
        return History(end.Value);
    }

    public void Dispose()
    {
        _step.Dispose();
        _guarded.Dispose();
        _best.Dispose();
    }

    private double LearningRate => _step.Optimizer.ParamGroups.First().LearningRate;

    /// <summary>Time of the steps.</summary>
    private double Seconds => _secondsBefore + _watch.Elapsed.TotalSeconds;

    private int BatchesPerStep => _options.BatchesPerStep;

    private long StepsPerEpoch => (_source.Count + BatchesPerStep - 1) / BatchesPerStep;

    private int MostEpochs => _options.Epochs ?? _length!.MostEpochs;

    /// <summary>
    /// What a schedule of the learning rate looks at. Between two validations that is the last one's, and before the first, where nothing is
    /// known yet, infinite: never the loss, which is on another scale.
    /// </summary>
    private double Measure(TrainingEpoch epoch) =>
        _validation is null ? epoch.Loss : -(_epochs.LastOrDefault(each => each.ValidationLogDensity is not null)?.ValidationLogDensity ?? double.NegativeInfinity);

    // Asked only where there is something new to go by, or patience would run out between two validations.
    private bool IsOutOfPatience(TrainingEpoch epoch) =>
        epoch.ValidationLogDensity is not null && epoch.Number - (_bestEpoch?.Number ?? 0) >= _options.Patience;

    private TrainingEnd? EndAfter(TrainingEpoch epoch)
    {
        if (IsOutOfPatience(epoch))
            return TrainingEnd.EarlyStopping;
        if (_length is null)
            return epoch.Number >= _options.Epochs ? TrainingEnd.LastEpoch : null;
        return epoch.Number != _length.Epochs ? null : _length.HasSettled ? TrainingEnd.Settled : TrainingEnd.LongestTraining;
    }

    private void Add(TrainingEpoch epoch)
    {
        _epochs.Add(epoch);
        _length?.Add(epoch.NegativeLogLikelihood + _loss.KlWeight * epoch.KlDivergence);
    }

    private TrainingCounts Counts() => new(_epochs, _bestEpoch?.Number ?? 0, _steps, _refusedSteps, _refusedInARow, Seconds, _shuffleSeed);

    private void Resume(TrainingCounts counts)
    {
        (_steps, _refusedSteps, _refusedInARow, _secondsBefore, _shuffleSeed) =
            (counts.Steps, counts.RefusedSteps, counts.RefusedInARow, counts.Seconds, counts.ShuffleSeed);
        foreach (var epoch in counts.Epochs)
        {
            Add(epoch);
            for (long step = 0; _options.ScheduleEveryStep && step < epoch.Steps + epoch.RefusedSteps; step++)
                _scheduler?.step();
            if (!_options.ScheduleEveryStep)
                _scheduler?.step(Measure(epoch));
        }
        _bestEpoch = _epochs.Find(epoch => epoch.Number == counts.BestEpoch);
        _source.SkipTo?.Invoke(_shuffleSeed, _epochs.Count);
        _guarded.KeepBuffers();
    }

    private bool IsValidated(int epoch) =>
        _validation is not null
        && ((epoch + 1) % _options.EpochsBetweenValidations == 0 || epoch + 1 == (_length is null ? _options.Epochs : _length.Epochs));

    /// <summary>Makes an epoch's steps; returns false if it was cancelled.</summary>
    private bool TrainEpoch(int epoch, EpochTally tally, CancellationToken cancellationToken)
    {
        IDisposable? threads = null;
        _watch.Start();
        try
        {
            // What a source of batches makes on its way lives as long as the epoch; its batches, as long as their step.
            using var made = NewDisposeScope();
            _examples.Begin();
            long batch = 0;
            foreach (var (input, target) in _source.Next())
            {
                if (cancellationToken.IsCancellationRequested)
                    return false;
                if (batch == _source.Count)
                    throw WrongCount(epoch, "more");
                ArgumentNullException.ThrowIfNull(input);
                // A scalar, which the step refuses, has no rows.
                long rows = input.ndim == 0 ? 0 : input.size(0);
                _examples.Add(rows, epoch + 1);
                tally.Add(rows);
                AddBatch(input, target, epoch, batch, tally);
                // Steps in managed code need no native threads, and no limit of them.
                if (threads is null && !_step.IsManaged)
                    threads = TorchThreads.ForWork(_step.Work.Products(input), keepsDefault: true);
                made.DisposeOf(input, target);
                batch++;
            }
            if (batch != _source.Count)
                throw WrongCount(epoch, $"only {batch}");
            _examples.End(epoch + 1);
        }
        finally
        {
            _watch.Stop();
            threads?.Dispose();
            if (tally.IsStepOpen)
                _guarded.Abandon();
        }
        return true;
    }

    private void AddBatch(Tensor input, Tensor target, int epoch, long batch, EpochTally tally)
    {
        bool isLast = (batch + 1) % BatchesPerStep == 0 || batch + 1 == _source.Count;
        var position = new TrainingPosition(epoch, batch / BatchesPerStep, StepsPerEpoch, MostEpochs);
        SetLearningRate(position);
        double klFactor = _options.KlSchedule.Factor(position);
        StepNumbers numbers;
        try
        {
            numbers = _guarded.Add(input, target, klFactor, isLast);
        }
        catch (ArgumentException exception) when (FiniteRows.Describe(input, target) is { } fault)
        {
            throw NotFinite(position, batch, fault, exception);
        }
        if (numbers.NotFinite is not null && FiniteRows.Describe(input, target) is { } found)
            throw NotFinite(position, batch, found);
        if (!isLast)
            return;
        if (numbers.NotFinite is { } term)
        {
            _refusedSteps++;
            tally.Refuse();
            if (++_refusedInARow == _options.MaximumRefusedInARow)
                throw Diverged(term, input, target, position);
        }
        else
        {
            _steps++;
            _refusedInARow = 0;
            tally.Make(numbers);
        }
        if (_options.ScheduleEveryStep)
            _scheduler?.step();
    }

    private void SetLearningRate(TrainingPosition position)
    {
        if (_length is null || _scheduler is not null || _length.LearningRateShare(position) is not (< 1 and var share))
            return;
        _fullLearningRates ??= [.. _step.Optimizer.ParamGroups.Select(group => group.LearningRate)];
        foreach (var (group, rate) in _step.Optimizer.ParamGroups.Zip(_fullLearningRates))
            group.LearningRate = share * rate;
    }

    private bool KeepIfBest(TrainingEpoch epoch)
    {
        if (epoch.ValidationLogDensity is not { } logDensity || !double.IsFinite(logDensity)
            || logDensity <= _bestEpoch?.ValidationLogDensity + _options.MinimumImprovement)
            return false;
        _bestEpoch = epoch;
        if (_options.RestoreBest)
            _best.Keep();
        return true;
    }

    private TrainingHistory History(TrainingEnd end) => new()
    {
        Epochs = [.. _epochs],
        Best = _bestEpoch,
        IsBestRestored = _bestEpoch is not null && _options.RestoreBest,
        End = end,
        Steps = _steps,
        RefusedSteps = _refusedSteps,
        Seconds = Seconds,
    };

    private InvalidOperationException WrongCount(int epoch, string found) => new(
        $"The source of batches gave {found} in epoch {epoch + 1}; expected {_source.Count}, as it was said, since schedules count on it.");

    private static InvalidOperationException NotFinite(TrainingPosition position, long batch, string fault, Exception? exception = null) =>
        new($"Batch {batch + 1} of epoch {position.Epoch + 1} cannot be trained on: {fault}.", exception);

    private TrainingDivergedException Diverged(string term, Tensor input, Tensor target, TrainingPosition position) => new(
        $"Training diverged in epoch {position.Epoch + 1}: {term} at step {position.Step + 1}, the last of {_refusedInARow} in a row that were refused; "
        + Cause(input, target) + ".",
        History(TrainingEnd.Diverged));

    private string Cause(Tensor input, Tensor target)
    {
        if (EpsilonAdvice.For(_step.Optimizer) is { } advice)
            return advice;
        string remedy = string.Create(CultureInfo.InvariantCulture, $"a learning rate below {LearningRate} or gradient clipping (MaximumGradientNorm) may help");
        double largest = Math.Max(Finiteness.Largest(input), Finiteness.Largest(target));
        if (largest > LargestOfScaledData)
            remedy += string.Create(CultureInfo.InvariantCulture, $", and so may scaling the data, which reach {largest:g3} in this batch, to about 1");
        bool isFinite = _model.parameters().Concat(_loss.parameters()).All(Finiteness.IsFinite);
        return isFinite ? remedy : "the parameters are not finite any more, and " + remedy;
    }
}
