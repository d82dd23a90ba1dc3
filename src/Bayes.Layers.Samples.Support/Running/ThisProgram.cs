using System.Diagnostics;
using Bayes.Layers.Samples.Support.CommandLine;

namespace Bayes.Layers.Samples.Support.Running;

/// <summary>Starts this program once more, in a process of its own.</summary>
internal static class ThisProgram
{
    /// <summary>How to start it, with what it writes redirected.</summary>
    /// <exception cref="InvalidOperationException">It does not know its own path.</exception>
    public static ProcessStartInfo With(params IEnumerable<string> arguments)
    {
        string program = Environment.ProcessPath ?? throw new InvalidOperationException("This program does not know its own path, so it cannot be started once more.");
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        // Started as 'dotnet program.dll', the program is the first argument.
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        return start;
    }

    /// <summary>Runs it to its end.</summary>
    /// <param name="start">How to start it.</param>
    /// <param name="patience">How long it may take; without a limit by default.</param>
    /// <returns>What it returned and wrote, or null if it took too long and was ended.</returns>
    public static (int ExitCode, string Output, string Error)? Run(ProcessStartInfo start, TimeSpan? patience = null)
    {
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"'{start.FileName}' did not start.");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(patience ?? Timeout.InfiniteTimeSpan))
        {
            process.Kill(entireProcessTree: true);
            return null;
        }
        return (process.ExitCode, output.Result, error.Result);
    }

    /// <summary>The last line of a text that has anything on it, or nothing.</summary>
    public static string LastLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "";
}
