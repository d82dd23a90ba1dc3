using System.Diagnostics;
using System.Reflection;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Samples.Support.DataSets;

namespace Bayes.Layers.Tests.Properties;

/// <summary>
/// The promise of every call with any arguments: it returns, or throws an exception that its documentation names, which this library threw on
/// purpose and which says in one line what is wrong.
/// </summary>
internal static class Promise
{
    private const string ActualValue = "Actual value was ";

    private static readonly Assembly[] Ours = [typeof(BayesianModule).Assembly, typeof(NumericTable).Assembly, typeof(Promise).Assembly];

    private static readonly Type[] Named =
        [typeof(ArgumentException), typeof(InvalidOperationException), typeof(FormatException), typeof(CheckpointException),
            typeof(DataFileException)];

    /// <summary>Runs the call and returns whether it returned. An exception that breaks the promise becomes an error that quotes it.</summary>
    public static bool Keeps(Action call)
    {
        try
        {
            call();
            return true;
        }
        catch (Exception exception) when (exception is not BrokenPromiseException)
        {
            Require(exception);
            return false;
        }
    }

    private static void Require(Exception exception)
    {
        if (!Named.Any(type => type.IsInstanceOfType(exception)))
            throw new BrokenPromiseException("an exception that no documentation names", exception);
        if (!IsThrownByUs(exception))
            throw new BrokenPromiseException("an exception that comes from below the library", exception);
        string message = exception is ArgumentOutOfRangeException ? exception.Message.Split($"{Environment.NewLine}{ActualValue}")[0]
            : exception.Message;
        if (message.AsSpan().Trim().IsEmpty || message.Contains('\n'))
            throw new BrokenPromiseException("a message that is not one line", exception);
    }

    // ThrowIfNull and similar methods throw inside the runtime for their caller. A TorchSharp module passed to the library throws its own errors.
    private static bool IsThrownByUs(Exception exception)
    {
        if (Ours.Contains(exception.GetType().Assembly))
            return true;
        // An inlined call appears in the frame of its caller, which is a test.
        foreach (var frame in new StackTrace(exception).GetFrames())
            if (frame.GetMethod()?.DeclaringType is { } thrower && !typeof(ArgumentException).IsAssignableFrom(thrower)
                && thrower != typeof(ObjectDisposedException))
                return Ours.Contains(thrower.Assembly) || thrower.Namespace == typeof(TorchSharp.Modules.Conv2d).Namespace;
        return false;
    }
}
