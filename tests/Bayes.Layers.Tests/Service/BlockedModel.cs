using Bayes.Layers.Service.Models;

namespace Bayes.Layers.Tests.Service;

/// <summary>A model whose answers wait until the test lets them go: the mean of a row is its only number.</summary>
internal sealed class BlockedModel : ServedModel
{
    private readonly ManualResetEventSlim _open = new();
    private int _batches;
    private int _cancelled;

    public override ModelDescription Description { get; } =
        new("regression", "blocked", [new ModelColumn("x", ValueKind.Number, MayBeMissing: false, IsRequired: true)], Draws: 1, Seed: 1);

    /// <summary>Gets the number of batches that have begun.</summary>
    public int Batches => _batches;

    /// <summary>Gets the number of batches that ended because nobody waited.</summary>
    public int Cancelled => _cancelled;

    /// <summary>Lets all answers go.</summary>
    public void Open() => _open.Set();

    public override PredictedRow[] Predict(IReadOnlyList<object?[]> rows, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _batches);
        try
        {
            _open.Wait(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _cancelled);
            throw;
        }
        if (rows.Any(row => row[0] is < 0.0))
            throw new InvalidDataException("The number is below 0.");
        return [.. rows.Select(row => new PredictedRow { Mean = (double)row[0]!, EpistemicStddev = 0 })];
    }

    public override void Dispose() => _open.Dispose();
}
