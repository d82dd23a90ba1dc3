using System.Diagnostics;
using Bayes.Layers.Service.Models;

namespace Bayes.Layers.Service.Batching;

/// <summary>Rows that belong together, from when they are accepted until they are answered or given up.</summary>
/// <param name="rows">The rows; at least one.</param>
internal sealed class WaitingRows(IReadOnlyList<object?[]> rows)
{
    // Answers go on elsewhere: the batcher does not write responses.
    private readonly TaskCompletionSource<PredictedRow[]> _answers = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets the rows.</summary>
    public IReadOnlyList<object?[]> Rows => rows;

    /// <summary>Gets when they were accepted.</summary>
    public long Since { get; } = Stopwatch.GetTimestamp();

    /// <summary>Gets the answers, which are cancelled if the rows are given up.</summary>
    public Task<PredictedRow[]> Answers => _answers.Task;

    /// <summary>Gets or sets the place in the queue; null if they are not in it. Under the queue's lock.</summary>
    public LinkedListNode<WaitingRows>? Node { get; set; }

    /// <summary>Gets or sets the batch that computes them; null before. Under the queue's lock.</summary>
    public RowBatch? Batch { get; set; }

    /// <summary>Answers the rows, unless they were given up.</summary>
    public void Answer(PredictedRow[] answers) => _answers.TrySetResult(answers);

    /// <summary>Fails the rows, unless they were given up.</summary>
    public void Fail(Exception exception) => _answers.TrySetException(exception);

    /// <summary>Gives the rows up.</summary>
    public bool GiveUp(CancellationToken cancellationToken) => _answers.TrySetCanceled(cancellationToken);
}
