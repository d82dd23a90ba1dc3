using System.Diagnostics;

namespace Bayes.Layers.Training;

/// <summary>
/// Shows a training on the console: pass it to <see cref="VariationalTrainer"/> as its progress. On a terminal it rewrites one line; if the output
/// is a file or a pipe, it writes a line for each epoch that is shown.
/// </summary>
/// <remarks>Dispose it after training, which ends the line on a terminal. Do not share it between trainings.</remarks>
public sealed class ConsoleProgress : IProgress<TrainingProgress>, IDisposable
{
    // A line that wraps cannot be rewritten.
    private const int UsualWidth = 80;

    private readonly TextWriter _output;
    private readonly bool _isTerminal;
    private readonly int _epochsPerLine;
    private readonly long _start = Stopwatch.GetTimestamp();
    private int _firstEpoch;
    private int _width;

    /// <summary>Creates progress on the console.</summary>
    /// <param name="epochsPerLine">
    /// The number of epochs from one line to the next if the output is not a terminal; at least 1. The first and the last epoch are always shown.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public ConsoleProgress(int epochsPerLine = 1) : this(Console.Out, !Console.IsOutputRedirected, epochsPerLine)
    {
    }

    internal ConsoleProgress(TextWriter output, bool isTerminal, int epochsPerLine)
    {
        _output = output;
        _isTerminal = isTerminal;
        _epochsPerLine = (int)Numerics.Require.Positive(epochsPerLine);
    }

    /// <summary>Shows an epoch.</summary>
    /// <param name="value">The epoch.</param>
    /// <exception cref="ArgumentNullException">The epoch is null.</exception>
    public void Report(TrainingProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        int epoch = value.Epoch.Number;
        if (_firstEpoch == 0)
            _firstEpoch = epoch;
        if (_isTerminal)
        {
            string line = $"{value}{TimeLeft(value)}";
            line = line.Length < UsualWidth ? line : line[..(UsualWidth - 1)];
            _output.Write($"\r{line.PadRight(_width)}");
            _width = line.Length;
            if (epoch == value.Epochs)
                Dispose();
        }
        else if (epoch == _firstEpoch || epoch % _epochsPerLine == 0 || epoch == value.Epochs)
        {
            _output.WriteLine(value);
        }
    }

    /// <summary>Ends the line.</summary>
    public void Dispose()
    {
        if (_width > 0)
            _output.WriteLine();
        _width = 0;
    }

    private string TimeLeft(TrainingProgress value)
    {
        int epoch = value.Epoch.Number, rest = value.Epochs - epoch;
        return rest == 0 ? "" : $", {TrainingText.Of(Stopwatch.GetElapsedTime(_start) / (epoch - _firstEpoch + 1) * rest)} left";
    }
}
