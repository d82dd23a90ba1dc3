using System.CommandLine;

namespace Bayes.Layers.Samples.Support.CommandLine;

/// <summary>Parses a command line and runs the command that it names. A usage error is one line.</summary>
internal static class CommandLineProgram
{
    /// <summary>Runs the command. Does not catch its exceptions.</summary>
    /// <param name="root">The program's commands and options.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="output">Receives help and results.</param>
    /// <param name="error">Receives the line about a usage error.</param>
    /// <param name="refuse">Returns what is wrong with arguments that parse, or null if nothing is.</param>
    /// <returns>The command's <see cref="ExitCode"/>, or <see cref="ExitCode.Usage"/>.</returns>
    public static int Run(RootCommand root, string[] arguments, TextWriter output, TextWriter error, Func<ParseResult, string?>? refuse = null)
    {
        // A value that begins with "@" does not name a file with more arguments.
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        string? problem = parsed.Errors.Count > 0 ? $"{OneLine(Worst(parsed))}{Suggestion(parsed)} Try --help." : refuse?.Invoke(parsed);
        if (problem is not null)
        {
            error.WriteLine($"error: {problem}");
            return ExitCode.Usage;
        }
        return parsed.Invoke(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        });
    }

    /// <summary>Returns an exception's message as one line, without the stack that libtorch appends.</summary>
    public static string OneLine(Exception exception)
    {
        string message = exception.InnerException is { } inner && exception is TypeInitializationException ? inner.Message : exception.Message;
        int frames = message.IndexOf("Exception raised from", StringComparison.Ordinal);
        return OneLine(frames > 0 ? message[..frames] : message);
    }

    /// <summary>Returns a text as one line.</summary>
    public static string OneLine(string message) =>
        string.Join(' ', message.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    // An unknown word says more than that a command is missing because of it.
    private static string Worst(ParseResult parsed) => (parsed.Errors.FirstOrDefault(error =>
        parsed.UnmatchedTokens.Count > 0 && error.Message.Contains(parsed.UnmatchedTokens[0], StringComparison.Ordinal)) ?? parsed.Errors[0]).Message;

    // Returns an empty text if no name that the command knows is similar to its first unknown word.
    private static string Suggestion(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens.Count == 0 || !Worst(parsed).Contains(parsed.UnmatchedTokens[0], StringComparison.Ordinal))
            return "";
        var command = parsed.CommandResult.Command;
        var names = command.Options.SelectMany(option => option.Aliases.Append(option.Name)).Concat(command.Subcommands.Select(each => each.Name));
        return Similar.To(parsed.UnmatchedTokens[0].Split('=')[0], names) is { } name ? $" Did you mean {name}?" : "";
    }
}
