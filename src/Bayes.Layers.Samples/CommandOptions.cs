using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Bayes.Layers.Samples;

/// <summary>Options of the samples' commands, all in one style: a bad value is refused in one sentence with what was expected.</summary>
internal static class CommandOptions
{
    /// <summary>A whole number in a range.</summary>
    public static Option<long> Whole(string name, string description, long defaultValue, long least, long most) => new(name)
    {
        Description = description,
        HelpName = "number",
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result =>
        {
            if (long.TryParse(Token(result), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= least && value <= most)
                return value;
            result.AddError($"{name} is '{Token(result)}'; expected a whole number from {least} to {most}.");
            return default;
        },
    };

    /// <summary>A finite number above 0, or of at least 0, and below a limit, if there is one.</summary>
    public static Option<double> Number(string name, string description, double defaultValue, bool mayBeZero, double? below = null) => new(name)
    {
        Description = description,
        HelpName = "number",
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result =>
        {
            if (double.TryParse(Token(result), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                && double.IsFinite(value) && (value > 0 || (mayBeZero && value == 0)) && !(value >= below))
                return value;
            string limit = below is { } most ? FormattableString.Invariant($" and below {most}") : "";
            result.AddError($"{name} is '{Token(result)}'; expected a finite number {(mayBeZero ? "of at least 0" : "above 0")}{limit}.");
            return default;
        },
    };

    /// <summary>One of some names.</summary>
    public static Option<string?> Choice(string name, string description, string defaultValue, IReadOnlyList<string> names)
    {
        var option = Text(name, description, defaultValue);
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { } value || !names.Contains(value))
                result.AddError($"{name} is '{result.GetValueOrDefault<string>()}'; expected {string.Join(", ", names.SkipLast(1))} or {names[^1]}.");
        });
        return option;
    }

    /// <summary>A device.</summary>
    public static Option<string?> Device(string defaultValue)
    {
        var device = Text("--device", $"Where to compute: {DeviceChoice.Names}. auto uses a GPU if there is one.", defaultValue);
        device.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { } name || !DeviceChoice.IsName(name))
                result.AddError($"--device is '{result.GetValueOrDefault<string>()}'; expected {DeviceChoice.Names}.");
        });
        return device;
    }

    /// <summary>The folder for the results.</summary>
    public static Option<string?> Folder(string description, string defaultValue)
    {
        var output = Text("--output", description, defaultValue);
        RefuseBlank(output);
        return output;
    }

    /// <summary>Whether to print nothing.</summary>
    public static Option<bool> Quiet() => new("--quiet") { Description = "Print only errors." };

    /// <summary>Refuses a path of blanks.</summary>
    public static void RefuseBlank(Option<string?> option) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count > 0 && string.IsNullOrWhiteSpace(result.Tokens[0].Value))
            result.AddError($"{option.Name} is blank; expected a path.");
    });

    private static Option<string?> Text(string name, string description, string defaultValue) => new(name)
    {
        Description = description,
        HelpName = name[2..],
        DefaultValueFactory = _ => defaultValue,
    };

    private static string Token(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
}
