using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Makes the steps of an epoch on the batches of a source.</summary>
/// <remarks>Owns the copies that are put back after a refused step, not the step; dispose it.</remarks>
internal sealed class EpochSteps(
    TrainingStep step, BatchSource source, LearningRateSchedule schedule, TrainingRecord record, VariationalTrainerOptions options, int maximumEpochs)
    : IDisposable
{
    private readonly GuardedStep _guarded = new(step, options.MaximumGradientNorm);
    private readonly long _stepsPerEpoch = source.StepsPerEpoch(options.BatchesPerStep);

    /// <summary>Makes the steps of an epoch. Returns false if it was cancelled.</summary>
    /// <param name="epoch">Zero-based index of the epoch.</param>
    /// <param name="cancellationToken">Ends the epoch between two batches.</param>
    /// <exception cref="TrainingDivergedException">Too many steps in a row were refused.</exception>
    public bool Make(int epoch, CancellationToken cancellationToken)
    {
        IDisposable? threads = null;
        record.Begin();
        try
        {
            // Batches that the source makes live as long as their step, and other tensors that it makes as long as the epoch.
            using var made = NewDisposeScope();
            long batch = 0, examples = 0;
            foreach (var (input, target) in source.Next())
            {
                if (cancellationToken.IsCancellationRequested)
                    return false;
                if (batch == source.Count)
                    throw WrongCount(epoch, "more");
                ArgumentNullException.ThrowIfNull(input);
                // The step refuses a scalar, which has no rows.
                long rows = input.Rows;
                examples += rows;
                RequireExamples(examples, epoch, isEnd: false);
                record.Add(rows);
                Add(input, target, epoch, batch);
                if (threads is null && step.Products(input) is { } products)
                    threads = TorchThreads.ForWork(products, keepsDefault: true);
                BatchSource.Dispose(made, input, target);
                batch++;
            }
            if (batch != source.Count)
                throw WrongCount(epoch, $"only {batch}");
            RequireExamples(examples, epoch, isEnd: true);
        }
        finally
        {
            record.Watch.Stop();
            threads?.Dispose();
            if (record.IsStepOpen)
                _guarded.Abandon();
        }
        return true;
    }

    /// <summary>Copies the current buffers, which are put back after a refused step.</summary>
    public void KeepBuffers() => _guarded.KeepBuffers();

    public void Dispose() => _guarded.Dispose();

    private void Add(NetworkInput input, Tensor target, int epoch, long batch)
    {
        bool isLast = (batch + 1) % options.BatchesPerStep == 0 || batch + 1 == source.Count;
        var position = new TrainingPosition(epoch, batch / options.BatchesPerStep, _stepsPerEpoch, maximumEpochs);
        schedule.BeginStep(position);
        var loss = AddGuarded(input, target, options.KlSchedule.Factor(position), isLast, position, batch);
        if (!isLast)
            return;
        if (loss.NotFinite is { } term)
        {
            record.Refuse();
            if (record.RefusedInARow == options.MaximumRefusedInARow)
                throw Diverged(term, input, target, position);
        }
        else
        {
            record.Make(loss);
        }
        schedule.EndSteps();
    }

    private StepLoss AddGuarded(NetworkInput input, Tensor target, double klFactor, bool isLast, TrainingPosition position, long batch)
    {
        StepLoss loss;
        try
        {
            loss = _guarded.Add(input, target, klFactor, isLast);
        }
        catch (ArgumentException exception) when (FiniteRows.Describe(input, target) is { } fault)
        {
            throw NotFinite(position, batch, fault, exception);
        }
        if (loss.NotFinite is not null && FiniteRows.Describe(input, target) is { } found)
            throw NotFinite(position, batch, found);
        return loss;
    }

    private void RequireExamples(long examples, int epoch, bool isEnd)
    {
        if (options.EpochCoversDataset)
            source.RequireSize(examples, step.Loss.DatasetSize, epoch + 1, isEnd);
    }

    private InvalidOperationException WrongCount(int epoch, string found) => new(
        $"The source of batches gave {found} in epoch {epoch + 1}; expected {source.Count}, the number that was given, since schedules rely on it.");

    private static InvalidOperationException NotFinite(TrainingPosition position, long batch, string fault, Exception? exception = null) =>
        new($"Batch {batch + 1} of epoch {position.Epoch + 1} cannot be trained on: {fault}.", exception);

    private TrainingDivergedException Diverged(string term, NetworkInput input, Tensor target, TrainingPosition position) => new(
        $"Training diverged in epoch {position.Epoch + 1}: {term} at step {position.Step + 1}, the last of {record.RefusedInARow} in a row that were "
        + $"refused; {DivergenceCause.Of(step, input, target)}.",
        record.History(TrainingEnd.Diverged));
}
