namespace Bayes.Layers.Data;

/// <summary>Waits for asynchronous readers: batches are asked for by loops that are not asynchronous.</summary>
internal static class Waiting
{
    /// <summary>Runs work on the thread pool and waits, so that the caller's synchronization context cannot be waited for.</summary>
    public static T For<T>(Func<Task<T>> work) => Task.Run(work).GetAwaiter().GetResult();

    /// <inheritdoc cref="For{T}"/>
    public static void For(Func<Task> work) => Task.Run(work).GetAwaiter().GetResult();
}
