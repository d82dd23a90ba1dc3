using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bayes.Layers.Tests.Samples.Report;

namespace Bayes.Layers.Tests.Notebooks;

/// <summary>A Jupyter notebook with cells of C#.</summary>
/// <param name="Name">Its name in <see cref="Folder"/>, without extension.</param>
internal sealed record Notebook(string Name)
{
    private static readonly JsonSerializerOptions Format =
        new() { WriteIndented = true, IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly JsonNode _json = JsonNode.Parse(File.ReadAllText(PathOf(Name)))!;

    /// <summary>The folder of the notebooks.</summary>
    public static string Folder => Path.Combine(RepositoryFolder.Path, "docs", "notebooks");

    /// <summary>Gets the names of all notebooks.</summary>
    public static IEnumerable<string> Names =>
        Directory.GetFiles(Folder, "*.ipynb").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);

    /// <summary>Gets the name of the kernel.</summary>
    public string Kernel => (string)_json["metadata"]!["kernelspec"]!["name"]!;

    /// <summary>Gets the size of the file in bytes.</summary>
    public long Bytes => new FileInfo(PathOf(Name)).Length;

    /// <summary>Gets the code of the cells.</summary>
    public IReadOnlyList<string> Code => [.. Cells.Select(cell => Joined(cell["source"]!))];

    /// <summary>Gets the texts of the cells that are not code.</summary>
    public IReadOnlyList<string> Prose =>
        [.. _json["cells"]!.AsArray().Where(cell => (string)cell!["cell_type"]! == "markdown").Select(cell => Joined(cell!["source"]!))];

    /// <summary>Gets the stored outputs of the cells of code.</summary>
    public IReadOnlyList<CellOutput> Outputs => [.. Cells.Select(cell => new CellOutput(
        string.Concat(cell["outputs"]!.AsArray().Where(IsText).Select(each => Joined(each!["text"]!))),
        [.. cell["outputs"]!.AsArray().Where(each => !IsText(each))
            .Select(each => Convert.FromBase64String((string)each!["data"]!["image/png"]!))]))];

    /// <summary>Writes other outputs into the file.</summary>
    public void Write(IReadOnlyList<CellOutput> outputs)
    {
        foreach (var (index, cell) in Cells.Index())
        {
            cell["execution_count"] = index + 1;
            cell["outputs"] = new JsonArray([.. Stored(outputs[index])]);
        }
        File.WriteAllText(PathOf(Name), _json.ToJsonString(Format) + "\n");
    }

    private IEnumerable<JsonNode> Cells => _json["cells"]!.AsArray().Where(cell => (string)cell!["cell_type"]! == "code").Select(cell => cell!);

    private static IEnumerable<JsonNode> Stored(CellOutput output)
    {
        if (output.Text.Length > 0)
            yield return new JsonObject { ["name"] = "stdout", ["output_type"] = "stream", ["text"] = Lines(output.Text) };
        foreach (byte[] picture in output.Pictures)
            yield return new JsonObject
            {
                ["data"] = new JsonObject { ["image/png"] = Convert.ToBase64String(picture) }, ["metadata"] = new JsonObject(),
                ["output_type"] = "display_data",
            };
    }

    private static JsonArray Lines(string text) =>
        [.. text.TrimEnd('\n').Split('\n').Select(line => line + "\n").Select(line => (JsonNode)line)];

    private static bool IsText(JsonNode? output) => (string)output!["output_type"]! == "stream";

    private static string Joined(JsonNode lines) => string.Concat(lines.AsArray().Select(line => (string)line!));

    private static string PathOf(string name) => Path.Combine(Folder, name + ".ipynb");
}
