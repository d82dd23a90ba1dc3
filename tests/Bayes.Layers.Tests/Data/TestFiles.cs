namespace Bayes.Layers.Tests.Data;

/// <summary>Files of a test, in a folder that is deleted with it.</summary>
internal sealed class TestFiles(string extension) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bayes-layers-");
    private int _count;

    /// <summary>Returns the path of a file that does not exist yet.</summary>
    public string NewPath() => Path.Combine(_folder.FullName, $"table{_count++}.{extension}");

    public void Dispose() => _folder.Delete(recursive: true);
}
