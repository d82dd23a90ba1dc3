using System.CommandLine;

namespace Bayes.Layers.Tool;

/// <summary>Makes options that name files and folders.</summary>
internal static class FileOptions
{
    /// <summary>Makes an option for a path.</summary>
    public static Option<string?> Path(string name, string description, string helpName, bool isRequired = false)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = helpName, Required = isRequired };
        CommandOptions.RefuseBlank(option);
        return option;
    }

    /// <summary>Makes the option for the folder of the parts.</summary>
    public static Option<string?> Parts(string description) => Path("--parts", description, "folder");

    /// <summary>Makes the option for the file of results.</summary>
    public static Option<string?> Results(bool isRequired = true) =>
        Path("--output", "The file of results, Parquet; written whole or not at all.", "file", isRequired);
}
