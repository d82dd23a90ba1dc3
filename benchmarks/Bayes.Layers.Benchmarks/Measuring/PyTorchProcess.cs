using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>The PyTorch script in a separate process, which times one case at a time. Disposing ends the process.</summary>
internal sealed class PyTorchProcess : IDisposable
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    private readonly Process _process;
    private readonly Task<string> _errors;

    /// <summary>Starts the process.</summary>
    /// <param name="python">The interpreter: a name or a path.</param>
    /// <param name="device">cpu, or cuda with a number.</param>
    /// <param name="seconds">The time for each case and number of threads.</param>
    /// <exception cref="PyTorchException">There is no such interpreter, or it has no PyTorch.</exception>
    public PyTorchProcess(string python, string device, double seconds)
    {
        var start = new ProcessStartInfo(python) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in new[] { Script, "--lines", "--device", device, "--seconds", FormattableString.Invariant($"{seconds}") })
            start.ArgumentList.Add(argument);
        try
        {
            _process = Process.Start(start) ?? throw new PyTorchException($"The Python interpreter '{python}' did not start.");
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            throw new PyTorchException($"The Python interpreter '{python}' did not start: {exception.Message}", exception);
        }
        _errors = _process.StandardError.ReadToEndAsync();
        try
        {
            var description = JsonNode.Parse(ReadLine(python))!;
            NotCompiling = (string?)description["not_compiling"];
            Description =
                $"PyTorch {description["torch"]}, {(description["gpu"] is { } gpu ? $"on {gpu}" : $"matrix products by {description["blas"]}")}, "
                + (NotCompiling is null ? "also compiled" : $"not compiled: {NotCompiling}");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The version of PyTorch, and whether it compiles.</summary>
    public string Description { get; }

    /// <summary>The reason if this PyTorch cannot compile; null if it can.</summary>
    public string? NotCompiling { get; }

    /// <summary>Times a case, as <see cref="Work.Workload.PyTorch"/> describes it.</summary>
    /// <param name="description">The case.</param>
    /// <param name="compiled">Whether to time it compiled too, if this PyTorch compiles.</param>
    /// <exception cref="PyTorchException">The script failed.</exception>
    public PyTorchResult Time(object description, bool compiled)
    {
        var asked = JsonSerializer.SerializeToNode(description)!.AsObject();
        asked["compile"] = compiled && NotCompiling is null;
        try
        {
            _process.StandardInput.WriteLine(asked.ToJsonString());
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // The process has ended; its output says why.
        }
        return JsonSerializer.Deserialize<PyTorchResult>(ReadLine("PyTorch"), Web)!;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static string Script => Path.Combine(AppContext.BaseDirectory, "pytorch", "bayes_by_backprop.py");

    private string ReadLine(string who)
    {
        if (_process.StandardOutput.ReadLine() is { } line)
            return line;
        _process.WaitForExit();
        string last = _errors.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "no word";
        throw new PyTorchException($"{who} ended with exit code {_process.ExitCode}: {last}");
    }
}
