using Bayes.Layers.Scoring.Models;
using Bayes.Layers.Scoring.Parts;
using static TorchSharp.torch;

namespace Bayes.Layers.Scoring;

/// <summary>
/// The files that the shards of a plan become, in one folder, each named by the plan's fingerprint and the shard's number. Parts of other plans in
/// the folder are left alone.
/// </summary>
public sealed class ScoringParts
{
    private const int NameLength = 16;
    private const string PartialEnd = ".partial";

    private readonly ScoringPlan _plan;

    /// <summary>Names the parts.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="folder">The folder, which <see cref="ShardScorer.Score"/> creates.</param>
    /// <exception cref="ArgumentException">The folder is empty.</exception>
    public ScoringParts(ScoringPlan plan, string folder)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        (_plan, Folder) = (plan, Path.GetFullPath(folder));
    }

    /// <summary>Gets the folder.</summary>
    public string Folder { get; }

    private string Beginning => $"{_plan.Fingerprint[..NameLength]}-";

    /// <summary>Returns the file of a shard.</summary>
    /// <param name="shard">The number of the shard, from 0.</param>
    public string PathOf(int shard) => Path.Combine(Folder, $"{Beginning}{shard:D6}{(_plan.IsByDraws ? ".safetensors" : ".parquet")}");

    /// <summary>
    /// Determines whether the part of a shard is there, whole and undamaged. Reads it, unless shards are cut by draws: then the merge finds damage.
    /// </summary>
    /// <param name="shard">The number of the shard, from 0.</param>
    public bool IsComplete(int shard)
    {
        try
        {
            if (!File.Exists(PathOf(shard)))
                return false;
            if (_plan.IsByDraws)
                return true;
            ResultFile.Read(PathOf(shard), ResultNote.Of(_plan, shard));
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Returns the shards whose parts are not there. Only looks for the files.</summary>
    public IReadOnlyList<int> Missing() => [.. Enumerable.Range(0, _plan.ShardCount).Where(shard => !File.Exists(PathOf(shard)))];

    /// <summary>Puts the parts together into one file of results, whole or not at all, and checks each on the way. The parts stay.</summary>
    /// <param name="output">The file, which replaces an existing one. Its folder must exist.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DamagedPartsException">Parts are absent or damaged.</exception>
    /// <exception cref="IOException">The result cannot be written; no part of it remains.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Merge(string output, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(output);
        ResultFile.Write(output, ResultNote.Of(_plan, shard: null), _plan.IsByDraws ? [MergeDraws(cancellationToken)] : Groups(cancellationToken));
    }

    /// <summary>Removes the parts of the plan, with what interrupted work left of them, and the folder if nothing else is in it.</summary>
    /// <exception cref="IOException">A file cannot be removed.</exception>
    public void Remove()
    {
        if (!Directory.Exists(Folder))
            return;
        foreach (string file in Directory.EnumerateFiles(Folder, $"{Beginning}*"))
            File.Delete(file);
        if (!Directory.EnumerateFileSystemEntries(Folder).Any())
            Directory.Delete(Folder);
    }

    /// <summary>Removes a part, so that its shard is scored again.</summary>
    /// <param name="shard">The number of the shard, from 0.</param>
    /// <exception cref="IOException">The file cannot be removed.</exception>
    public void Remove(int shard)
    {
        if (Directory.Exists(Folder))
            File.Delete(PathOf(shard));
    }

    /// <summary>Removes what interrupted work left of parts of the plan. No shard may be in work.</summary>
    /// <exception cref="IOException">A file cannot be removed.</exception>
    public void RemovePartial()
    {
        if (Directory.Exists(Folder))
            foreach (string file in Directory.EnumerateFiles(Folder, $"{Beginning}*{PartialEnd}"))
                File.Delete(file);
    }

    private IEnumerable<IReadOnlyList<ResultColumn>> Groups(CancellationToken cancellationToken)
    {
        // The next part is read while one is written.
        var next = Task.Run(() => ReadPart(0, cancellationToken), cancellationToken);
        for (int shard = 0; shard < _plan.ShardCount; shard++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var part = next.GetAwaiter().GetResult();
            int following = shard + 1;
            if (following < _plan.ShardCount)
                next = Task.Run(() => ReadPart(following, cancellationToken), cancellationToken);
            yield return part;
        }
    }

    private IReadOnlyList<ResultColumn> ReadPart(int shard, CancellationToken cancellationToken)
    {
        try
        {
            return ResultFile.Read(PathOf(shard), ResultNote.Of(_plan, shard));
        }
        catch (InvalidDataException exception)
        {
            throw Damaged(shard, exception, cancellationToken);
        }
    }

    private List<ResultColumn> MergeDraws(CancellationToken cancellationToken)
    {
        int[] missing = [.. Missing()];
        if (missing.Length > 0)
            throw new DamagedPartsException(missing, $"'{PathOf(missing[0])}' does not exist.");
        using var model = ScoredModel.Open(_plan.Model, CPU);
        var columns = model.MergeDraws([.. Enumerable.Range(0, _plan.ShardCount).Select(PathOf)], _plan.Task, cancellationToken);
        return [ShardScorer.RowNumbers(0, columns[0].Values.Length), .. columns];
    }

    // One look finds all, so that they can be scored again together.
    private DamagedPartsException Damaged(int first, Exception reason, CancellationToken cancellationToken)
    {
        var shards = new List<int> { first };
        for (int shard = first + 1; shard < _plan.ShardCount; shard++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!IsComplete(shard))
                shards.Add(shard);
        }
        return new DamagedPartsException(shards, reason.Message);
    }
}
