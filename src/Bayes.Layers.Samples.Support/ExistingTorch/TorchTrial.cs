using Bayes.Layers.Samples.Support.Running;

namespace Bayes.Layers.Samples.Support.ExistingTorch;

/// <summary>
/// Tries a libtorch in a process of its own before it is used here: one that does not fit may end the process, and nobody would be left to say so.
/// </summary>
internal static class TorchTrial
{
    private const string Mark = "BAYES_LAYERS_TORCH_TRIAL";
    private const string ProblemPrefix = "problem: ";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>
    /// The first line of a program that may use another libtorch: uses the one that is named, or that of the packages where none is. In the trial's own process it
    /// tries the library, says what it found and returns an exit code with which to end.
    /// </summary>
    /// <exception cref="TorchLibraryException">The one that is named cannot be used, or none is named and there is none.</exception>
    public static int? Begin(TorchLibrary? library)
    {
        if (library is null)
            return TorchProbe.IsThere() ? null : throw new TorchLibraryException(
                $"This program has no libtorch: build it with -p:TorchBackend=cpu or cuda, or set {TorchLibrary.Variable} to the folder torch/lib of a PyTorch {TorchLibrary.ExpectedVersion} installation.");
        if (Environment.GetEnvironmentVariable(Mark) is { } source)
        {
            Console.Out.WriteLine(Problem(library with { Source = source }) is { } problem ? ProblemPrefix + problem : "fit");
            return 0;
        }
        library.RequireParts();
        Run(library);
        library.Load();
        if (library.HasCuda)
            TorchProbe.InitializeCuda();
        return null;
    }

    private static string? Problem(TorchLibrary library)
    {
        try
        {
            library.Load();
            library.LoadTorchSharp();
            return TorchProbe.Problem() is { } problem ? library.Unusable(problem).Message : null;
        }
        catch (TorchLibraryException exception)
        {
            return exception.Message;
        }
        catch (Exception exception)
        {
            return library.Unusable(exception.GetBaseException().Message.Split('\n')[0].TrimEnd('.')).Message;
        }
    }

    private static void Run(TorchLibrary library)
    {
        var start = ThisProgram.With();
        start.Environment[Mark] = library.Source;
        start.Environment[TorchLibrary.Variable] = library.Folder;
        // Missing functions are found when a library loads, not in the middle of the work.
        start.Environment["LD_BIND_NOW"] = "1";
        if (ThisProgram.Run(start, Patience) is not { } trial)
            throw library.Unusable($"a trial took more than {Patience.TotalMinutes:0} minutes");
        string last = ThisProgram.LastLine(trial.Output);
        if (trial.ExitCode != 0 || last.Length == 0)
            throw library.Unusable($"it ended a trial process with exit code {trial.ExitCode}{(ThisProgram.LastLine(trial.Error) is { Length: > 0 } line ? $" ({line})" : "")}");
        if (last.StartsWith(ProblemPrefix, StringComparison.Ordinal))
            throw new TorchLibraryException(last[ProblemPrefix.Length..]);
    }
}
