using System.CommandLine;
using Bayes.Layers.Samples.Support.CommandLine;

namespace Bayes.Layers.Soak;

/// <summary>The command line.</summary>
internal static class SoakProgram
{
    /// <summary>Runs the requested command. A broken promise is one line on <paramref name="error"/>.</summary>
    /// <returns>An <see cref="ExitCode"/>: failure if a promise was broken.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter error)
    {
        var seconds = new Option<double>("--seconds") { Description = "How long to run.", DefaultValueFactory = _ => 600 };
        seconds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (> 0 and <= 1e6) and var value)
                result.AddError(FormattableString.Invariant($"--seconds is {value}; expected more than 0, and at most a million."));
        });
        var digests = new Option<bool>("--digests") { Description = "Run each case once, and tell its numbers' hash: the same from run to run." };
        var threads = new Option<int>("--threads") { Description = "torch's native threads in training.", DefaultValueFactory = _ => 1 };
        threads.AcceptOnlyFromAmong("1", "2", "3", "4");
        var root = new RootCommand("Trains, predicts, saves and loads all layers over and over, while another thread collects garbage: nothing may "
            + "grow, change or crash.") { seconds, digests, threads };
        root.SetAction(parsed =>
        {
            set_num_threads(parsed.GetValue(threads));
            set_num_interop_threads(1);
            InFolder(folder =>
            {
                if (parsed.GetValue(digests))
                    Digests.Write(folder, output);
                else
                    SoakRun.Run(TimeSpan.FromSeconds(parsed.GetValue(seconds)), folder, output);
            });
        });
        try
        {
            return CommandLineProgram.Run(root, arguments, output, error);
        }
        catch (Exception exception)
        {
            error.WriteLine(exception is SoakException ? $"error: {exception.Message}" : exception.ToString());
            return ExitCode.Failure;
        }
    }

    private static void InFolder(Action<string> run)
    {
        var folder = Directory.CreateTempSubdirectory("bayes-layers-soak-");
        try
        {
            run(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
