using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Bayes.Layers.Samples.Support.CommandLine;

/// <summary>Makes options that refuse a bad value in one sentence with the value found and what was expected.</summary>
internal static class CommandOptions
{
    /// <summary>Makes an option for a whole number in a range.</summary>
    public static Option<long> Whole(string name, string description, long defaultValue, long least, long most) => new(name)
    {
        Description = description,
        HelpName = "number",
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result =>
        {
            if (long.TryParse(Token(result), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
                && value >= least && value <= most)
                return value;
            result.AddError($"{name} is '{Token(result)}'; expected a whole number from {least} to {most}.");
            return default;
        },
    };

    /// <summary>Makes an option for a finite number that is positive, or at least 0 if it may be zero, and below a limit if there is one.</summary>
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

    /// <summary>Makes an option for one of several names.</summary>
    public static Option<string?> Choice(string name, string description, string defaultValue, IReadOnlyList<string> names) =>
        Text(name, description, defaultValue).Accepting(names);

    /// <summary>Makes the option for the device.</summary>
    public static Option<string?> Device(string defaultValue) =>
        Text("--device", $"Where to compute: {DeviceChoice.Names}. auto uses a GPU if there is one.", defaultValue)
            .Accepting(DeviceChoice.IsName, DeviceChoice.Names);

    /// <summary>Makes the option for the folder of the results.</summary>
    public static Option<string?> Folder(string description, string defaultValue)
    {
        var output = Text("--output", description, defaultValue);
        RefuseBlank(output);
        return output;
    }

    /// <summary>Makes an option without a default that must be given.</summary>
    public static Option<string?> Required(string name, string description, string helpName) =>
        new(name) { Description = description, HelpName = helpName, Required = true };

    /// <summary>Makes the option to print only errors.</summary>
    public static Option<bool> Quiet() => new("--quiet") { Description = "Print only errors." };

    /// <summary>Makes an option refuse a path of blanks.</summary>
    public static void RefuseBlank(Option<string?> option) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count > 0 && string.IsNullOrWhiteSpace(result.Tokens[0].Value))
            result.AddError($"{option.Name} is blank; expected a path.");
    });

    /// <summary>Makes an option refuse all values but some names.</summary>
    /// <returns>The option.</returns>
    public static Option<string?> Accepting(this Option<string?> option, IReadOnlyList<string> names) =>
        option.Accepting(names.Contains, $"{string.Join(", ", names.SkipLast(1))} or {names[^1]}");

    private static Option<string?> Accepting(this Option<string?> option, Func<string, bool> accepts, string expected)
    {
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { } value || !accepts(value))
                result.AddError($"{option.Name} is '{result.GetValueOrDefault<string>()}'; expected {expected}.");
        });
        return option;
    }

    private static Option<string?> Text(string name, string description, string defaultValue) => new(name)
    {
        Description = description,
        HelpName = name[2..],
        DefaultValueFactory = _ => defaultValue,
    };

    private static string Token(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
}
