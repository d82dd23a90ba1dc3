using System.Diagnostics;
using Npgsql;

namespace Bayes.Layers.Tests.Orleans;

/// <summary>
/// A PostgreSQL of its own in a temporary folder, on a free port of loopback. The server refuses to run as root, so root runs it as the user
/// postgres or nobody. Disposing ends it and removes the folder.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string Account = "bayes";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder;
    private readonly Process _process;

    private PostgresServer(DirectoryInfo folder, Process process, string connection) =>
        (_folder, _process, ConnectionString) = (folder, process, connection);

    public string ConnectionString { get; }

    /// <summary>Gets why there can be no server here; null if there can.</summary>
    public static string? Missing { get; } =
        !OperatingSystem.IsLinux() ? "PostgreSQL is started on Linux alone"
        : Program("initdb") is null || Program("postgres") is null ? "PostgreSQL is not installed"
        : Environment.IsPrivilegedProcess && Program("setpriv") is null ? "setpriv is not installed, and PostgreSQL refuses to run as root" : null;

    public static async Task<PostgresServer> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("bayes-layers-postgres-");
        string data = Path.Combine(folder.FullName, "data");
        Process? process = null;
        try
        {
            if (Environment.IsPrivilegedProcess)
                Run(new ProcessStartInfo("chown", [User(), folder.FullName]));
            Run(AsUser(Program("initdb")!, "-D", data, "-A", "trust", "-U", Account, "-E", "UTF8", "--locale=C", "--no-sync"));
            int port = FreePorts.Take(1)[0];
            var start = AsUser(
                Program("postgres")!, "-D", data, "-p", $"{port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
                "-c", "fsync=off", "-c", "max_connections=200");
            (start.RedirectStandardError, start.RedirectStandardOutput) = (true, true);
            process = Process.Start(start)!;
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            var server = new PostgresServer(
                folder, process, $"Host=127.0.0.1;Port={port};Username={Account};Database=postgres;Pooling=true;Timeout=30;Maximum Pool Size=20");
            await server.WaitAsync();
            return server;
        }
        catch
        {
            process?.Kill(entireProcessTree: true);
            process?.Dispose();
            folder.Delete(recursive: true);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        // A fast shutdown, in which the server ends its own processes.
        using (var interrupt = Process.Start("kill", ["-INT", $"{_process.Id}"]))
            await interrupt.WaitForExitAsync();
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10)))
            await _process.WaitForExitAsync(patience.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task WaitAsync()
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(100))
        {
            try
            {
                await using var source = NpgsqlDataSource.Create(ConnectionString);
                await using var connection = await source.OpenConnectionAsync();
                return;
            }
            catch (NpgsqlException) when (watch.Elapsed < Patience && !_process.HasExited)
            {
            }
        }
    }

    private static string User() =>
        File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    private static ProcessStartInfo AsUser(string program, params string[] arguments) => Environment.IsPrivilegedProcess
        ? new(Program("setpriv")!, [$"--reuid={User()}", $"--regid={User()}", "--clear-groups", program, .. arguments]) { WorkingDirectory = "/" }
        : new(program, arguments) { WorkingDirectory = "/" };

    private static void Run(ProcessStartInfo start)
    {
        (start.RedirectStandardError, start.RedirectStandardOutput) = (true, true);
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"'{start.FileName}' ended with {process.ExitCode}: {error.Result}{output.Result}");
    }

    /// <summary>Returns the path of a program; Debian keeps those of the server out of the path.</summary>
    private static string? Program(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).AsEnumerable();
        if (Directory.Exists("/usr/lib/postgresql"))
            folders = Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(each => Path.Combine(each, "bin")).Concat(folders);
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }
}
