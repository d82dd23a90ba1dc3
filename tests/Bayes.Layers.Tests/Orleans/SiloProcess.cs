using System.Diagnostics;
using Bayes.Layers.Tests.Samples.Report;

namespace Bayes.Layers.Tests.Orleans;

/// <summary>A silo of the sample in a process of its own. Disposing ends it.</summary>
internal sealed class SiloProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    // In its own folder: beside the tests, what ASP.NET Core brings is not there for a program that does without.
    private static readonly string Program = Path.Combine(
        RepositoryFolder.Path, "samples", "Bayes.Layers.Silo", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name,
        new DirectoryInfo(AppContext.BaseDirectory).Name, OperatingSystem.IsWindows() ? "Bayes.Layers.Silo.exe" : "Bayes.Layers.Silo");

    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SiloProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string[] Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    /// <summary>Starts a silo of a cluster; the task ends when it is ready.</summary>
    public static async Task<SiloProcess> StartAsync(
        string connection, string cluster, int shardsAtATime, int siloPort, int gatewayPort, params string[] more)
    {
        var start = new ProcessStartInfo(Program,
        [
            "--cluster", "postgres", "--connection", connection, "--create-tables", "--name", cluster, "--silo-port", $"{siloPort}",
            "--gateway-port", $"{gatewayPort}", "--shards", $"{shardsAtATime}", .. more,
        ])
        {
            // Other tests change the current folder of this process, and remove it.
            WorkingDirectory = Path.GetDirectoryName(Program),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The runtime maps its code twice through a file in memory, which a limit of file sizes would end.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        var silo = new SiloProcess(new Process { StartInfo = start, EnableRaisingEvents = true });
        silo._process.OutputDataReceived += (_, data) => silo.Take(data.Data);
        silo._process.ErrorDataReceived += (_, data) => silo.Take(data.Data);
        silo._process.Exited += (_, _) =>
            silo._ready.TrySetException(new InvalidOperationException("The silo ended: " + string.Join('\n', silo.Lines)));
        silo._process.Start();
        silo._process.BeginOutputReadLine();
        silo._process.BeginErrorReadLine();
        try
        {
            await silo._ready.Task.WaitAsync(Patience);
            return silo;
        }
        catch
        {
            silo.Dispose();
            throw;
        }
    }

    /// <summary>Ends the process without a word: kill -9.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Sends a signal by its name.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Asks the silo to end, and waits until it has.</summary>
    public async Task<int> StopAsync()
    {
        Signal("TERM");
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        lock (_lines)
            _lines.Add(line);
        if (line.StartsWith("Ready:", StringComparison.Ordinal))
            _ready.TrySetResult();
    }
}
