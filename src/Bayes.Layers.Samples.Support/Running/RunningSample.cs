using System.Globalization;
using Bayes.Layers.Samples.Support.CommandLine;
using Bayes.Layers.Samples.Support.Metrics;
using Bayes.Layers.Training;

namespace Bayes.Layers.Samples.Support.Running;

/// <summary>What all samples do around their experiment: print, train until Ctrl-C, and write metrics.json.</summary>
internal sealed class RunningSample
{
    private readonly SampleOptions _options;
    private readonly ProgramConsole _console;

    /// <summary>Makes the output folder, so that a run does not fail at its end.</summary>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public RunningSample(SampleOptions options, ProgramConsole console)
    {
        _options = options;
        _console = console;
        Folder = OutputFolder.Prepare(options.Output);
        Screen = options.Quiet ? TextWriter.Null : console.Output;
    }

    /// <summary>The full path of the folder for the results.</summary>
    public string Folder { get; }

    /// <summary>Where text goes.</summary>
    public TextWriter Screen { get; }

    /// <summary>Does work that ends early after Ctrl-C.</summary>
    public T UntilInterrupted<T>(Func<CancellationToken, T> work)
    {
        using (_console.Interrupt.Listen())
            return work(_console.Interrupt.Token);
    }

    /// <summary>Trains until the last epoch or until Ctrl-C, and shows the progress.</summary>
    /// <param name="epochsPerLine">Epochs for each line that is printed.</param>
    /// <param name="train">Trains, and reports every finished epoch's number, from 1, and its results in words.</param>
    public TrainingHistory Train(int epochsPerLine, Func<Action<int, string>, CancellationToken, TrainingHistory> train)
    {
        bool hasBar = _console.IsTerminal && !_options.Quiet;
        var training = UntilInterrupted(
            cancellation => TrainingDisplay.Show(Screen, hasBar, _options.Epochs, epochsPerLine, report => train(report, cancellation)));
        if (training.Epochs.Count < _options.Epochs)
            Screen.WriteLine($"Stopped after epoch {training.Epochs.Count} of {_options.Epochs}; what was trained is evaluated.");
        return training;
    }

    /// <inheritdoc cref="Train(int, Func{Action{int, string}, CancellationToken, TrainingHistory})"/>
    /// <param name="epochsPerLine">Epochs for each line that is printed.</param>
    /// <param name="train">Trains, and reports every finished epoch.</param>
    /// <param name="divergenceFormat">Format of the KL divergence.</param>
    public TrainingHistory Train(
        int epochsPerLine, Func<Action<TrainingEpoch>, CancellationToken, TrainingHistory> train, string divergenceFormat) =>
        Train(epochsPerLine, (report, cancellation) => train(
            epoch => report(
                epoch.Number,
                $"loss {epoch.Loss:F4} | negative log-likelihood {epoch.NegativeLogLikelihood:F4} | "
                + $"KL {epoch.KlDivergence.ToString(divergenceFormat, CultureInfo.CurrentCulture)}"),
            cancellation));

    /// <summary>Writes metrics.json.</summary>
    public void Write<T>(T metrics) => MetricsFile.Write(Folder, metrics);

    /// <summary>Describes the speed of training.</summary>
    public static string Speed(TrainingHistory training) =>
        $"{training.Steps:N0} steps in {training.Seconds:F1} s ({training.StepsPerSecond:N0} a second)";

    /// <summary>Lists the files that were written; metrics.json comes after the figures.</summary>
    public string FilesWritten(IEnumerable<string> figures, params IEnumerable<string> more) =>
        FileList.Of(Folder, [.. figures, MetricsFile.Name, .. more]);
}
