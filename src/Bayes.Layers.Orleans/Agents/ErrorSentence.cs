using System.Text.RegularExpressions;

namespace Bayes.Layers.Orleans.Agents;

/// <summary>Says an error so that the same error has the same sentence.</summary>
internal static partial class ErrorSentence
{
    /// <summary>Returns the message without the random name of a file that was being written.</summary>
    public static string Of(Exception exception) => PartialName().Replace(exception.Message, "");

    /// <summary>Returns the kind of an error and the first sentence of its message, for a line of a log.</summary>
    public static string Short(Exception exception) => $"{exception.GetType().Name}: {exception.Message.Split(" --->")[0].Split('\n')[0]}";

    [GeneratedRegex(@"\.[0-9a-f]{32}\.partial")]
    private static partial Regex PartialName();
}
