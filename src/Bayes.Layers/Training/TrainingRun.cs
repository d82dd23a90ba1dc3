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
    private readonly ValidationSet? _validation;
    private readonly VariationalStep _step;
    private readonly optim.lr_scheduler.LRScheduler? _scheduler;
    private readonly KeptValues _buffers;
    private readonly KeptValues _best;
    private readonly Stopwatch _watch = new();
    private readonly List<TrainingEpoch> _epochs = [];
    private AutomaticLength? _length;
    private double[]? _fullLearningRates;
    private TrainingEpoch? _bestEpoch;
    private long _steps;
    private long _refusedSteps;
    private long _refusedInARow;

    public TrainingRun(BayesianModule model, ElboLoss loss, VariationalTrainerOptions options, (Tensor Input, Tensor Target)? validation)
    {
        _model = model;
        _loss = loss;
        _options = options;
        _validation = validation is { } set ? new ValidationSet(set.Input, set.Target, model, loss, options) : null;
        var estimator = options.Estimator ?? model.GivenTrainingEstimator ?? new LocalReparameterization();
        _step = new VariationalStep(
            model, loss, parameters => options.CreateOptimizer(parameters, options.LearningRate), options.Samples is { } samples ? estimator.WithSamples(samples) : estimator);
        // The step has made the parameters anew.
        _buffers = new KeptValues(BuffersOfPasses(model));
        _best = new KeptValues([.. model.parameters(), .. model.buffers(), .. loss.parameters(), .. loss.buffers()]);
        try
        {
            _scheduler = options.CreateScheduler?.Invoke(_step.Optimizer);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Trains to the end.</summary>
    /// <exception cref="TrainingDivergedException">Step after step was refused.</exception>
    public TrainingHistory Run(
        Func<IEnumerable<(Tensor Input, Tensor Target)>> batches, long batchesPerEpoch, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var end = TrainingEnd.LastEpoch;
        _buffers.Keep();
        _length = _options.Epochs is null ? new AutomaticLength(batchesPerEpoch) : null;
        int epochs = _options.Epochs ?? _length!.MostEpochs;
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            using var scope = NewDisposeScope();
            var tally = new EpochTally();
            double before = Seconds;
            if (!TrainEpoch(batches(), new TrainingPosition(epoch, 0, batchesPerEpoch, epochs), tally, cancellationToken))
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
            _epochs.Add(record);
            bool isBest = KeepIfBest(record);
            progress?.Report(new TrainingProgress(record, epochs, isBest));
            if (!_options.ScheduleEveryStep)
                _scheduler?.step(Measure(record));
            // Asked only where there is something new to go by, or patience would run out between two validations.
            if (logDensity is not null && epoch + 1 - (_bestEpoch?.Number ?? 0) >= _options.Patience)
            {
                end = TrainingEnd.EarlyStopping;
                break;
            }
            _length?.Add(record.NegativeLogLikelihood + _loss.KlWeight * record.KlDivergence);
            if (_length?.Epochs == epoch + 1)
            {
                end = _length.HasSettled ? TrainingEnd.Settled : TrainingEnd.LastEpoch;
                break;
            }
        }
        if (_options.RestoreBest)
            _best.Restore();
        return History(end);
    }

    public void Dispose()
    {
        _step.Dispose();
        _buffers.Dispose();
        _best.Dispose();
    }

    /// <summary>Buffers that a pass may change, as statistics of batches are: all but those of this library's modules, which are a prior's numbers.</summary>
    internal static IEnumerable<Tensor> BuffersOfPasses(nn.Module model) =>
        model.modules().Prepend(model).Distinct().Where(module => module.GetType().Assembly != typeof(TrainingRun).Assembly).SelectMany(module => module.buffers(recurse: false));

    private double LearningRate => _step.Optimizer.ParamGroups.First().LearningRate;

    /// <summary>Time of the steps.</summary>
    private double Seconds => _watch.Elapsed.TotalSeconds;

    /// <summary>
    /// What a schedule of the learning rate looks at. Between two validations that is the last one's, and before the first, where nothing is
    /// known yet, infinite: never the loss, which is on another scale.
    /// </summary>
    private double Measure(TrainingEpoch epoch) =>
        _validation is null ? epoch.Loss : -(_epochs.LastOrDefault(each => each.ValidationLogDensity is not null)?.ValidationLogDensity ?? double.NegativeInfinity);

    private bool IsValidated(int epoch) =>
        _validation is not null
        && ((epoch + 1) % _options.EpochsBetweenValidations == 0 || epoch + 1 == (_length is null ? _options.Epochs : _length.Epochs));

    /// <summary>Makes an epoch's steps; says whether all of them.</summary>
    private bool TrainEpoch(
        IEnumerable<(Tensor Input, Tensor Target)> batches, TrainingPosition position, EpochTally tally, CancellationToken cancellationToken)
    {
        _watch.Start();
        try
        {
            // What a source of batches makes on its way lives as long as the epoch; its batches, as long as their step.
            using var made = NewDisposeScope();
            foreach (var (input, target) in batches)
            {
                if (cancellationToken.IsCancellationRequested)
                    return false;
                if (position.Batch == position.BatchesPerEpoch)
                    throw WrongCount(position, "more");
                Step(input, target, position, tally);
                if (made.Contains(input))
                    input.Dispose();
                if (made.Contains(target))
                    target.Dispose();
                position = position with { Batch = position.Batch + 1 };
            }
        }
        finally
        {
            _watch.Stop();
        }
        return position.Batch == position.BatchesPerEpoch ? true : throw WrongCount(position, $"only {position.Batch}");
    }

    private void Step(Tensor input, Tensor target, TrainingPosition position, EpochTally tally)
    {
        using var scope = NewDisposeScope();
        StepNumbers numbers;
        try
        {
            numbers = _step.ComputeNumbers(input, target, _options.KlSchedule.Factor(position)) with { GradientNorm = _step.GradientNorm() };
        }
        catch
        {
            _buffers.Restore();
            throw;
        }
        if (numbers.NotFinite is { } term)
        {
            _buffers.Restore();
            _refusedSteps++;
            tally.Refused();
            if (++_refusedInARow == _options.MaximumRefusedInARow)
                throw Diverged(term, input, target, position);
        }
        else
        {
            if (_options.MaximumGradientNorm is { } most && numbers.GradientNorm > most)
                _step.ScaleGradients(most / numbers.GradientNorm);
            SetLearningRate(position);
            _step.ApplyGradients();
            _buffers.Keep();
            _steps++;
            _refusedInARow = 0;
            tally.Made(numbers, input.shape[0]);
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

    private InvalidOperationException WrongCount(TrainingPosition position, string found) => new(
        $"The source of batches gave {found} in epoch {position.Epoch + 1}; expected {position.BatchesPerEpoch}, as it was said, since schedules count on it.");

    private TrainingDivergedException Diverged(string term, Tensor input, Tensor target, TrainingPosition position) => new(
        $"Training diverged in epoch {position.Epoch + 1}: {term} at step {position.Step + 1}, the last of {_refusedInARow} in a row that were refused; "
        + Cause(input, target) + ".",
        History(TrainingEnd.Diverged));

    private string Cause(Tensor input, Tensor target)
    {
        if (!IsFinite(input))
            return "this batch's input is not finite";
        if (!IsFinite(target))
            return "this batch's target is not finite";
        string remedy = string.Create(CultureInfo.InvariantCulture, $"a learning rate below {LearningRate} or gradient clipping (MaximumGradientNorm) may help");
        double largest = Math.Max(Largest(input), Largest(target));
        if (largest > LargestOfScaledData)
            remedy += string.Create(CultureInfo.InvariantCulture, $", and so may scaling the data, which reach {largest:g3} in this batch, to about 1");
        return _model.parameters().Concat(_loss.parameters()).All(IsFinite) ? remedy : "the parameters are not finite any more, and " + remedy;
    }

    private static double Largest(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.numel() == 0 || !values.is_floating_point() ? 0 : values.detach().abs().max().ReadDouble();
    }

    private static bool IsFinite(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.detach().isfinite().all().ReadBoolean();
    }
}
