using Bayes.Layers.Samples;

namespace Bayes.Layers.Tests.Samples;

/// <summary>One run of the samples' program in this process, with an output folder of its own that is deleted.</summary>
internal sealed class SampleRun : IDisposable
{
    public SampleRun(params string[] arguments) : this(isInterrupted: false, arguments)
    {
    }

    public SampleRun(bool isInterrupted, params string[] arguments)
    {
        Folder = Path.Combine(Path.GetTempPath(), $"bayes-layers-{Guid.NewGuid():N}");
        using StringWriter output = new(), error = new();
        using var interrupt = new Interrupt();
        if (isInterrupted)
            using (interrupt.Listen())
                interrupt.Press();
        string[] all = arguments.Contains("--output") ? arguments : [.. arguments, "--output", Folder];
        ExitCode = SampleProgram.Run(all, output, error, isTerminal: false, interrupt);
        Output = output.ToString();
        Error = error.ToString();
    }

    public string Folder { get; }

    public int ExitCode { get; }

    public string Output { get; }

    public string Error { get; }

    public string PathOf(string name) => Path.Combine(Folder, name);

    public void Dispose()
    {
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }
}
