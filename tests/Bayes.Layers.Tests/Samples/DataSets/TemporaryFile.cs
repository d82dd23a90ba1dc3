using System.Text;

namespace Bayes.Layers.Tests.Samples.DataSets;

/// <summary>A file in its own folder; both are deleted at the end of the test.</summary>
internal sealed class TemporaryFile : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("bayes-layers-");

    public TemporaryFile(byte[] content)
    {
        Path = System.IO.Path.Combine(folder.FullName, "table.csv");
        File.WriteAllBytes(Path, content);
    }

    public TemporaryFile(string content)
        : this(Encoding.UTF8.GetBytes(content))
    {
    }

    public string Path { get; }

    public string Folder => folder.FullName;

    public void Dispose() => folder.Delete(recursive: true);
}
