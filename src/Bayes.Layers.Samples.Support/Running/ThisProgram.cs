using System.Diagnostics;

namespace Bayes.Layers.Samples.Support.Running;

/// <summary>Starts this program again, in another process.</summary>
internal static class ThisProgram
{
    /// <summary>Returns how to start the program, with its output redirected.</summary>
    /// <exception cref="InvalidOperationException">The path of the program is not known.</exception>
    public static ProcessStartInfo With(params IEnumerable<string> arguments)
    {
        string program = Environment.ProcessPath
            ?? throw new InvalidOperationException("The path of this program is not known, so it cannot be started again.");
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        // After 'dotnet program.dll', the program is the first argument.
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        return start;
    }

    /// <summary>Runs the program to its end.</summary>
    /// <param name="start">How to start it.</param>
    /// <param name="patience">Longest time that it may take, or null for no limit.</param>
    /// <returns>Its exit code and what it wrote, or null if it took too long and was ended.</returns>
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

    /// <summary>Returns the last line that is not blank, or an empty text.</summary>
    public static string LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "";
}
