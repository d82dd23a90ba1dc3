using System.Diagnostics;

namespace Bayes.Layers.Tests.Scoring;

/// <summary>Processes of the program 'bayes', beside the tests.</summary>
internal static class ScoringProcess
{
    /// <summary>The program.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "bayes.exe" : "bayes");

    /// <summary>Starts the program.</summary>
    public static Process Start(params IEnumerable<string> arguments) => Process.Start(new ProcessStartInfo(Program, arguments)
    {
        RedirectStandardOutput = true, RedirectStandardError = true,
    })!;

    /// <summary>Runs the program to its end.</summary>
    public static (int ExitCode, string Output, string Error) Run(params IEnumerable<string> arguments)
    {
        using var process = Start(arguments);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.WaitForExit();
        return (process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Ends a process at once; one that has ended is left alone.</summary>
    public static void Kill(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
        }
    }

    /// <summary>Makes a process stand still.</summary>
    public static void Freeze(int id) => Signal("-STOP", id);

    /// <summary>Lets a process go on.</summary>
    public static void Thaw(int id) => Signal("-CONT", id);

    /// <summary>Returns the workers whose command line names a folder.</summary>
    public static int[] WorkersIn(string folder) =>
        [.. Workers().Where(worker => worker.Command.Contains(folder, StringComparison.Ordinal)).Select(worker => worker.Id)];

    private static IEnumerable<(int Id, string Command)> Workers()
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out int id))
                continue;
            string command, status;
            try
            {
                (command, status) = (File.ReadAllText($"{folder}/cmdline").Replace('\0', ' '), File.ReadAllText($"{folder}/stat"));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                continue;
            }
            // A process that has ended and was not waited for is still listed, in state Z.
            if (command.Contains("bayes worker ", StringComparison.Ordinal)
                && status[(status.LastIndexOf(')') + 2)..].Split(' ') is [not ("Z" or "X"), ..])
                yield return (id, command);
        }
    }

    private static void Signal(string name, int id)
    {
        using var kill = Process.Start("kill", [name, $"{id}"]);
        kill.WaitForExit();
    }
}
