namespace Bayes.Layers.Tests.Samples.Report;

/// <summary>The folder of the repository.</summary>
internal static class RepositoryFolder
{
    /// <summary>The nearest folder above the tests that contains the solution file.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (folder.GetFiles("Bayes.Layers.sln").Length > 0)
                return folder.FullName;
        throw new DirectoryNotFoundException("The tests do not lie below Bayes.Layers.sln.");
    }
}
