using System.Diagnostics;
using Spectre.Console;

namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>Shows training as it goes: a line every ten epochs, and below them a progress bar where there is a terminal.</summary>
internal static class TrainingDisplay
{
    private const int EpochsPerLine = 10;

    /// <summary>Runs <paramref name="train"/>, handing it what to call after every epoch.</summary>
    public static IReadOnlyList<EpochRecord> Show(
        TextWriter output, bool isTerminal, int epochs, Func<Action<EpochRecord>, IReadOnlyList<EpochRecord>> train)
    {
        if (!isTerminal)
            return train(epoch => WriteLine(output.WriteLine, epoch, epochs));

        var watch = Stopwatch.StartNew();
        return AnsiConsole.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .Start(context =>
            {
                var task = context.AddTask("training", maxValue: epochs);
                return train(epoch =>
                {
                    var left = watch.Elapsed / epoch.Epoch * (epochs - epoch.Epoch);
                    task.Description = $"epoch {epoch.Epoch}/{epochs}  loss {epoch.TrainLoss:F4}  accuracy {epoch.TestAccuracy:F4}  {(left.TotalHours < 1 ? left.ToString("m\\:ss") : left.ToString("h\\:mm\\:ss"))} left";
                    task.Value = epoch.Epoch;
                    WriteLine(AnsiConsole.WriteLine, epoch, epochs);
                });
            });
    }

    private static void WriteLine(Action<string> write, EpochRecord epoch, int epochs)
    {
        if (epoch.Epoch == 1 || epoch.Epoch % EpochsPerLine == 0 || epoch.Epoch == epochs)
            write($"Epoch {epoch.Epoch,3} | train loss {epoch.TrainLoss:F4} | test accuracy {epoch.TestAccuracy:F4}");
    }
}
