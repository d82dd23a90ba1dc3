using System.Diagnostics;
using Spectre.Console;

namespace Bayes.Layers.Samples.Support.Running;

/// <summary>Shows the progress of training: a line every few epochs and, on a terminal, a progress bar below them.</summary>
internal static class TrainingDisplay
{
    // Columns for the bar and the percentage beside the description.
    private const int BarWidth = 20, Beside = BarWidth + 8;

    /// <summary>
    /// Runs <paramref name="train"/>, which gets a method to call after every epoch with the epoch's number, from 1, and its results in words.
    /// </summary>
    public static T Show<T>(TextWriter output, bool isTerminal, int epochs, int epochsPerLine, Func<Action<int, string>, T> train)
    {
        if (!isTerminal)
            return train((epoch, numbers) => WriteLine(output.WriteLine, epoch, numbers));

        var watch = Stopwatch.StartNew();
        return AnsiConsole.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = BarWidth }, new PercentageColumn())
            .Start(context =>
            {
                var task = context.AddTask("training", maxValue: epochs);
                return train((epoch, numbers) =>
                {
                    task.Description = Description(epoch, epochs, numbers, watch.Elapsed / epoch * (epochs - epoch), AnsiConsole.Profile.Width);
                    task.Value = epoch;
                    WriteLine(AnsiConsole.WriteLine, epoch, numbers);
                });
            });

        void WriteLine(Action<string> write, int epoch, string numbers)
        {
            if (epoch == 1 || epoch % epochsPerLine == 0 || epoch == epochs)
                write($"Epoch {epoch,3} | {numbers}");
        }
    }

    /// <summary>Returns the text before the bar; without the results if they would leave no room for the bar in a terminal of this width.</summary>
    internal static string Description(int epoch, int epochs, string numbers, TimeSpan left, int width)
    {
        string begin = $"epoch {epoch}/{epochs}", end = $"  {left.ToString(left.TotalHours < 1 ? "m\\:ss" : "h\\:mm\\:ss")} left";
        return begin.Length + 2 + numbers.Length + end.Length + Beside <= width ? $"{begin}  {numbers}{end}" : begin + end;
    }
}
