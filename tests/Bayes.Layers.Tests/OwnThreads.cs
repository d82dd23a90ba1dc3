namespace Bayes.Layers.Tests;

/// <summary>Concurrent actions, each with its own thread and dispose scope.</summary>
internal static class OwnThreads
{
    /// <summary>Runs the actions to their ends. An exception on a thread fails the test.</summary>
    public static void Run(params Action[] actions)
    {
        var faults = new Exception?[actions.Length];
        Thread[] threads = [.. actions.Select((action, i) => new Thread(() =>
        {
            using var scope = NewDisposeScope();
            try
            {
                action();
            }
            catch (Exception exception)
            {
                faults[i] = exception;
            }
        }))];
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        faults.OfType<Exception>().Should().BeEmpty();
    }
}
