using System.Diagnostics;
using Bayes.Layers.Scoring.Models;
using Bayes.Layers.Scoring.Parts;
using Bayes.Layers.Scoring.Tables;
using static TorchSharp.torch;

namespace Bayes.Layers.Scoring;

/// <summary>
/// Scores shards of a plan in this process, with its model loaded once. Several threads may score different shards at a time. Owns the model: dispose
/// it.
/// </summary>
public sealed class ShardScorer : IDisposable
{
    private readonly ScoringPlan _plan;
    private readonly ScoredModel _model;
    private readonly ScoredTable _table;

    private ShardScorer(ScoringPlan plan, ScoredModel model, ScoredTable table) => (_plan, _model, _table) = (plan, model, table);

    /// <summary>Loads the model of a plan, and refuses to if the model, the table or this library is not what the plan was made with.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="device">Where a network computes; the CPU by default. On another device, sums are rounded in another order.</param>
    /// <exception cref="ScoringException">Something differs from the plan; the message says what.</exception>
    /// <exception cref="Checkpoints.CheckpointException">The model's file is damaged.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ShardScorer Open(ScoringPlan plan, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.RequireThisLibrary();
        RequireFile(plan.Model, "model");
        RequireFile(plan.Table, "table");
        string digest = ScoredModel.DigestOf(plan.Model);
        if (digest != plan.ModelDigest)
            throw new ScoringException(
                $"The model '{plan.Model}' is another than the plan's: its SHA-256 is {digest[..16]}…; expected {plan.ModelDigest[..16]}….");
        var table = ScoredTable.Open(plan.Table, plan.TableDescription);
        return new ShardScorer(plan, ScoredModel.Open(plan.Model, device ?? CPU), table);
    }

    /// <summary>Gets the plan.</summary>
    public ScoringPlan Plan => _plan;

    /// <summary>
    /// Scores a shard, and writes its part whole or not at all. Does nothing if the part is there; two processes that score one shard at a time do no
    /// harm.
    /// </summary>
    /// <param name="shard">The number of the shard, from 0.</param>
    /// <param name="folder">The folder of the parts, which is created if it is not there.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such shard.</exception>
    /// <exception cref="ScoringException">The table has changed, or a value is refused: trying again does not help.</exception>
    /// <exception cref="IOException">The table cannot be read, or the part cannot be written; nothing of it remains.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ShardPart Score(int shard, string folder, CancellationToken cancellationToken = default)
    {
        var range = _plan.RangeOf(shard);
        var parts = new ScoringParts(_plan, folder);
        string path = parts.PathOf(shard);
        if (parts.IsComplete(shard))
            return new ShardPart(shard, path, range.Rows, TimeSpan.Zero);
        long start = Stopwatch.GetTimestamp();
        Directory.CreateDirectory(folder);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = _table.Read(range.FirstRow, checked((int)range.Rows), _plan.Task.Columns);
            if (_plan.IsByDraws)
                _model.PredictDraws(rows, _plan.Task with { Draws = range.Draws }, range.FirstDraw, path, cancellationToken);
            else
                ResultFile.Write(path, ResultNote.Of(_plan, shard), [[
                    RowNumbers(range.FirstRow, rows.RowCount), .. _model.Score(rows, _plan.Task, cancellationToken)]]);
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException)
        {
            throw new ScoringException(
                $"Shard {shard}, which begins with row {range.FirstRow} of '{_plan.Table}', cannot be scored: {exception.Message}", exception);
        }
        return new ShardPart(shard, path, range.Rows, Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Frees the model.</summary>
    public void Dispose() => _model.Dispose();

    /// <summary>Returns the column of the numbers of rows in the table.</summary>
    internal static ResultColumn RowNumbers(long first, int count)
    {
        long[] numbers = new long[count];
        for (int row = 0; row < count; row++)
            numbers[row] = first + row;
        return new ResultColumn("row", numbers);
    }

    private static void RequireFile(string path, string what)
    {
        if (!File.Exists(path))
            throw new ScoringException($"The {what} '{path}' of the plan does not exist here; expected every worker to see it under this path.");
    }
}
