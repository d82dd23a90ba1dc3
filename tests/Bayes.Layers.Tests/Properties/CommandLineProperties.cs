using System.Globalization;
using Bayes.Layers.Tests.Samples;
using CsCheck;

namespace Bayes.Layers.Tests.Properties;

/// <summary>Any arguments of the samples run, or are refused in one line before anything begins.</summary>
public sealed class CommandLineProperties
{
    private static readonly string[] Commands = ["", "breast-cancer", "digits", "regression", "tabular"];

    private static readonly string[] Options =
    [
        "--epochs", "--batch-size", "--learning-rate", "--beta", "--samples", "--grid", "--grid-samples", "--seed", "--split-seed", "--device",
        "--data", "--points", "--activation",
        "--target", "--task", "--splits", "--test-fraction", "--hidden", "--quiet", "--help", "--version", "--", "-h", "--unknown",
        "@file", "[diagram]",
    ];

    // No number leads to a long run: values in range are tiny, or the command line is refused for another reason.
    private static readonly string[] Texts =
    [
        "", " ", "0", "-1", "-0", "1", "1.5", "NaN", "Infinity", "1e999", "1e-400", "0x10", "１", "1,000", "+1", " 1", "99999999999999999999",
        "-9223372036854775809", "auto", "cuda",
        "cuda:", "cuda:0", "cuda:-1", "cuda:99999999999", "CPU", "relu", "binary", "no\nline", "a\0b", "é", "\"", "'", "--", "-", "/no/such/file.csv",
    ];

    private static readonly Gen<string> Value = Gen.Frequency(
        (5, Gen.OneOf(Texts)), (1, Gen.String[0, 6]), (1, Gen.Int.Select(number => number.ToString(CultureInfo.InvariantCulture))),
        (1, Gen.Double.Select(number => number.ToString(CultureInfo.InvariantCulture))));

    private static readonly Gen<string[]> Arguments = Gen.Select(
        Gen.OneOf(Commands), Gen.Select(Gen.OneOf(Options), Value, Gen.Int[0, 4], Typed).Array[0, 4], Gen.OneOf(Commands),
        (command, options, other) => (string[])[command, .. options.SelectMany(each => each), other]).Select(all =>
            all.Where((text, at) => text.Length > 0 || at > 0 && at < all.Length - 1).ToArray());

    [Fact]
    public void Any_command_line_runs_or_is_refused_in_one_line() => Cases.All(80, 1_000, Arguments, arguments =>
    {
        using var run = new SampleRun([.. Bound(arguments)]);
        if (run.ExitCode is not (0 or 1 or 2))
            throw new BrokenPromiseException($"the exit code {run.ExitCode}");
        if (run.ExitCode == 0 ? run.Error.Length > 0 : !run.Error.StartsWith("error: ", StringComparison.Ordinal)
            || run.Error.TrimEnd('\n', '\r').AsSpan().ContainsAny('\n', '\r'))
            throw new BrokenPromiseException($"the exit code {run.ExitCode} and the errors '{run.Error}'");
        if (run.Error.Contains("   at ", StringComparison.Ordinal) || run.Error.Contains("Exception", StringComparison.Ordinal))
            throw new BrokenPromiseException($"an exception instead of a sentence: '{run.Error}'");
        if (run.ExitCode == 2 && Directory.Exists(run.Folder))
            throw new BrokenPromiseException("a command that was not understood, and begun all the same");
    }, arguments => string.Join(" ", arguments.Select(each => $"'{each}'")));

    private static string[] Typed(string option, string value, int form) => form switch
    {
        0 => [option],
        1 => [$"{option}={value}"],
        2 => [value],
        _ => [option, value],
    };

    // Nothing must be trained: a valid run ends at a missing device or a missing file.
    private static IEnumerable<string> Bound(string[] arguments) => arguments is ["tabular", ..] ? arguments : arguments.Append("--device=cuda:77");
}
