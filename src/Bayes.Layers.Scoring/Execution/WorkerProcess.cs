using System.Diagnostics;
using System.Globalization;

namespace Bayes.Layers.Scoring;

/// <summary>A worker process as its executor sees it. Its lines and its end come through a callback, on any thread.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;
    private readonly Action<WorkerProcess, WorkerLine?> _tell;
    private string _lastWords = "";

    private WorkerProcess(Process process, Action<WorkerProcess, WorkerLine?> tell) => (_process, _tell) = (process, tell);

    /// <summary>Gets whether the model is loaded.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Gets the shard in work; null if there is none.</summary>
    public int? Shard { get; private set; }

    /// <summary>Gets when the shard was begun (<see cref="Stopwatch.GetTimestamp"/>).</summary>
    public long Begun { get; private set; }

    /// <summary>Gets when the worker last gave a sign of life.</summary>
    public long LastSign { get; private set; } = Stopwatch.GetTimestamp();

    /// <summary>Gets the id of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Gets how the process ended, in words.</summary>
    public string End => $"exit code {_process.ExitCode.ToString(CultureInfo.InvariantCulture)}{(_lastWords.Length > 0 ? $": {_lastWords}" : "")}";

    /// <summary>Starts a process.</summary>
    /// <param name="start">How; its streams are redirected.</param>
    /// <param name="tell">Receives every line, and null when the process has ended.</param>
    public static WorkerProcess Start(ProcessStartInfo start, Action<WorkerProcess, WorkerLine?> tell)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        var worker = new WorkerProcess(
            Process.Start(start) ?? throw new InvalidOperationException($"'{start.FileName}' did not start."), tell);
        worker._process.ErrorDataReceived += (_, line) => worker._lastWords = string.IsNullOrWhiteSpace(line.Data) ? worker._lastWords : line.Data;
        worker._process.BeginErrorReadLine();
        _ = Task.Run(worker.ListenAsync);
        return worker;
    }

    /// <summary>Takes in a line. Called by the executor alone.</summary>
    public void Take(WorkerLine line)
    {
        LastSign = Stopwatch.GetTimestamp();
        IsReady |= line.Word == WorkerLine.ReadyWord;
        if (line.Shard >= 0)
            Shard = null;
    }

    /// <summary>Gives the worker a shard.</summary>
    public void Give(int shard)
    {
        (Shard, Begun) = (shard, Stopwatch.GetTimestamp());
        try
        {
            _process.StandardInput.WriteLine(shard.ToString(CultureInfo.InvariantCulture));
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // The process has ended, which will be told.
        }
    }

    /// <summary>Ends the process at once.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Asks the process to end, and ends it if it does not within some time.</summary>
    public async Task EndAsync(TimeSpan patience)
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
        }
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Kill();
            await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    public void Dispose() => _process.Dispose();

    private async Task ListenAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } text)
            if (WorkerLine.Parse(text) is { } line)
                _tell(this, line);
        await _process.WaitForExitAsync().ConfigureAwait(false);
        _tell(this, null);
    }
}
