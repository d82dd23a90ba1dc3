using System.Diagnostics;
using Spectre.Console;

namespace Bayes.Layers.Samples;

/// <summary>Shows training as it goes: a line every few epochs, and below them a progress bar where there is a terminal.</summary>
internal static class TrainingDisplay
{
    /// <summary>Runs <paramref name="train"/>, handing it what to call after every epoch: with its number, from 1, and its numbers in words.</summary>
    public static T Show<T>(TextWriter output, bool isTerminal, int epochs, int epochsPerLine, Func<Action<int, string>, T> train)
    {
        if (!isTerminal)
            return train((epoch, numbers) => WriteLine(output.WriteLine, epoch, numbers));

        var watch = Stopwatch.StartNew();
        return AnsiConsole.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .Start(context =>
            {
                var task = context.AddTask("training", maxValue: epochs);
                return train((epoch, numbers) =>
                {
                    var left = watch.Elapsed / epoch * (epochs - epoch);
                    task.Description = $"epoch {epoch}/{epochs}  {numbers}  {(left.TotalHours < 1 ? left.ToString("m\\:ss") : left.ToString("h\\:mm\\:ss"))} left";
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
}
