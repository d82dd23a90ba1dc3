using Bayes.Layers.Samples.Support.ExistingTorch;

namespace Bayes.Layers.Benchmarks.Commands;

/// <summary>--torch-lib FOLDER, anywhere on the command line. It is read before all other options, including BenchmarkDotNet's.</summary>
internal static class TorchLibraryOption
{
    public const string Name = "--torch-lib";

    /// <summary>Returns the named libtorch, if any, and the other arguments. Child processes use the same libtorch.</summary>
    /// <exception cref="TorchLibraryException">The option has no value.</exception>
    public static (TorchLibrary? Library, string[] Others) Take(string[] arguments)
    {
        string? folder = null;
        var rest = new List<string>();
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == Name)
                folder = ++i < arguments.Length ? arguments[i] : "";
            else if (arguments[i].StartsWith(Name + "=", StringComparison.Ordinal))
                folder = arguments[i][(Name.Length + 1)..];
            else
                rest.Add(arguments[i]);
        }
        if (folder is "")
            throw new TorchLibraryException($"{Name} has no value; expected the folder torch/lib of a PyTorch installation.");
        var library = TorchLibrary.Named(folder, Name);
        if (library is not null)
            Environment.SetEnvironmentVariable(TorchLibrary.Variable, library.Folder);
        return (library, [.. rest]);
    }
}
