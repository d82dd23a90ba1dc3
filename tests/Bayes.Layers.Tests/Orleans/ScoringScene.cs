using System.Globalization;
using System.Text;
using Bayes.Layers.Scoring;

namespace Bayes.Layers.Tests.Orleans;

/// <summary>
/// A folder with a model, a table, a plan of many shards, and the result that one process makes. The model is a network 5-50-1 in a file, so
/// that no test draws from torch's generator beside others.
/// </summary>
internal sealed class ScoringScene : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bayes-layers-scene-");

    public ScoringScene(int shards, int rowsOfShard, int draws)
    {
        File.Copy(ModelFile, In("model.safetensors"));
        File.WriteAllText(In("table.csv"), Table(shards * rowsOfShard));
        Plan = ScoringPlan.Create(new ScoringRequest(In("model.safetensors"), In("table.csv"))
        {
            Draws = draws, Seed = 3, Cut = ShardCut.ByRows(rowsOfShard),
        });
    }

    /// <summary>Gets the file of the network 5-50-1 with a normal likelihood.</summary>
    public static string ModelFile { get; } = Path.Combine(AppContext.BaseDirectory, "Orleans", "model.safetensors");

    public ScoringPlan Plan { get; }

    public string Parts => In("parts");

    /// <summary>Gets the bytes of the result that one process makes.</summary>
    public byte[] Expected => field ??= Score();

    /// <summary>Gets the result of a job.</summary>
    public string Result => In("result.parquet");

    public string In(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Returns what is in the folder that no user put there: parts, and files that were being written.</summary>
    public string[] Leftovers(params IEnumerable<string> results) =>
    [
        .. _folder.EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(_folder.FullName, file.FullName))
            .Except(["model.safetensors", "table.csv", "expected.parquet", .. results]),
    ];

    public void Dispose() => _folder.Delete(recursive: true);

    private byte[] Score()
    {
        var parts = new ScoringParts(Plan, In("expected"));
        using (var scorer = ShardScorer.Open(Plan))
            for (int shard = 0; shard < Plan.ShardCount; shard++)
                scorer.Score(shard, parts.Folder);
        parts.Merge(In("expected.parquet"));
        parts.Remove();
        return File.ReadAllBytes(In("expected.parquet"));
    }

    private static string Table(int rows)
    {
        var random = new Random(5);
        var text = new StringBuilder("a,b,c,d,e\n");
        for (int row = 0; row < rows; row++)
            text.AppendJoin(',', Enumerable.Range(0, 5).Select(_ => random.NextDouble().ToString("F4", CultureInfo.InvariantCulture))).Append('\n');
        return text.ToString();
    }
}
