using Bayes.Layers.Samples.Support.Running;

namespace Bayes.Layers.Samples.Support.ExistingTorch;

/// <summary>Tries a libtorch in another process before it is used in this one, because one that does not fit may end the process.</summary>
internal static class TorchTrial
{
    private const string Mark = "BAYES_LAYERS_TORCH_TRIAL";
    private const string ProblemPrefix = "problem: ";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Loads a libtorch, if one is named, after a trial. To be called first in a program. In the process of the trial, it tries the library and
    /// prints what it found.
    /// </summary>
    /// <param name="library">The named libtorch, or null to use that of the packages.</param>
    /// <returns>The exit code with which the process of the trial must end, or null in any other process.</returns>
    /// <exception cref="TorchLibraryException">The named libtorch cannot be used, or none is named and there is none.</exception>
    public static int? Begin(TorchLibrary? library)
    {
        if (library is null)
            return TorchProbe.IsThere() ? null : throw new TorchLibraryException(
                $"This program has no libtorch: build it with -p:TorchBackend=cpu or cuda, or set {TorchLibrary.Variable} to the folder torch/lib "
                + $"of a PyTorch {TorchLibrary.ExpectedVersion} installation.");
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
        // Reports missing functions when a library loads, not during its use.
        start.Environment["LD_BIND_NOW"] = "1";
        if (ThisProgram.Run(start, Patience) is not { } trial)
            throw library.Unusable($"a trial took more than {Patience.TotalMinutes:0} minutes");
        string last = ThisProgram.LastLine(trial.Output);
        if (trial.ExitCode != 0 || last.Length == 0)
        {
            string error = ThisProgram.LastLine(trial.Error) is { Length: > 0 } line ? $" ({line})" : "";
            throw library.Unusable($"it ended a trial process with exit code {trial.ExitCode}{error}");
        }
        if (last.StartsWith(ProblemPrefix, StringComparison.Ordinal))
            throw new TorchLibraryException(last[ProblemPrefix.Length..]);
    }
}
