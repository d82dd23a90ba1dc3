namespace Bayes.Layers.Tests;

/// <summary>Actions at the same time, each on a thread and in a dispose scope of its own.</summary>
internal static class OwnThreads
{
    /// <summary>Runs the actions to their ends. What a thread throws fails the test.</summary>
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
