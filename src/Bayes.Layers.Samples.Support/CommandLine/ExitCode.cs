namespace Bayes.Layers.Samples.Support.CommandLine;

/// <summary>The exit codes of the programs.</summary>
internal static class ExitCode
{
    /// <summary>The command succeeded.</summary>
    public const int Success = 0;

    /// <summary>The command was valid but failed, for example because of a file, a device or a disk.</summary>
    public const int Failure = 1;

    /// <summary>The command line was not valid.</summary>
    public const int Usage = 2;
}
