using System.Globalization;

namespace Bayes.Layers.Scoring;

/// <summary>A line that a worker process writes: a word, the number of a shard or −1, whether trying again is in vain, and a sentence.</summary>
/// <param name="Word">What happened.</param>
/// <param name="Shard">The number of the shard; −1 for none.</param>
/// <param name="IsFinal">Whether trying again does not help.</param>
/// <param name="Message">The sentence of an error; empty otherwise.</param>
internal sealed record WorkerLine(string Word, int Shard, bool IsFinal, string Message)
{
    public const string AliveWord = "alive", ReadyWord = "ready", DoneWord = "done", FailedWord = "failed", RefusedWord = "refused";

    private const string Mark = "bayes-worker";

    /// <summary>Gets the sign of life.</summary>
    public static string Alive { get; } = Text(AliveWord, -1, false, "");

    /// <summary>Gets the line that says that the model is loaded.</summary>
    public static string Ready { get; } = Text(ReadyWord, -1, false, "");

    /// <summary>Returns the line that says that the part of a shard is there.</summary>
    public static string Done(int shard) => Text(DoneWord, shard, false, "");

    /// <summary>Returns the line that says that a shard could not be scored.</summary>
    public static string Failed(int shard, Exception exception) => Text(FailedWord, shard, exception is ScoringException, exception.Message);

    /// <summary>Returns the line that says that the plan cannot be scored here.</summary>
    public static string Refused(Exception exception) => Text(RefusedWord, -1, true, exception.Message);

    /// <summary>Reads a line; null if it is none of these, such as what a native library prints.</summary>
    public static WorkerLine? Parse(string line)
    {
        string[] fields = line.Split(' ', 5);
        return fields.Length == 5 && fields[0] == Mark && int.TryParse(fields[2], CultureInfo.InvariantCulture, out int shard)
            ? new WorkerLine(fields[1], shard, fields[3] == "final", fields[4]) : null;
    }

    private static string Text(string word, int shard, bool isFinal, string message) => string.Create(
        CultureInfo.InvariantCulture, $"{Mark} {word} {shard} {(isFinal ? "final" : "again")} {message.ReplaceLineEndings(" ")}");
}
