namespace Bayes.Layers.Samples.Support.CommandLine;

/// <summary>What the program returns.</summary>
internal static class ExitCode
{
    /// <summary>All went well.</summary>
    public const int Success = 0;

    /// <summary>The command was understood but could not be done: a file, a device, a disk.</summary>
    public const int Failure = 1;

    /// <summary>The command was not understood.</summary>
    public const int Usage = 2;
}
