using System.CommandLine;

namespace Bayes.Layers.Samples.Support.CommandLine;

/// <summary>The options of a command, each with the setting that it changes.</summary>
/// <param name="defaults">The settings without any option.</param>
internal sealed class OptionList<T>(T defaults) where T : SampleOptions
{
    private readonly List<(Option Option, Func<T, ParseResult, T> Apply)> _options = [];

    /// <summary>The settings without any option.</summary>
    public T Defaults => defaults;

    /// <summary>Adds an option.</summary>
    /// <param name="option">The option, with its default.</param>
    /// <param name="set">Returns the settings with the option's value.</param>
    /// <returns>This list.</returns>
    public OptionList<T> Add<TValue>(Option<TValue> option, Func<T, TValue, T> set)
    {
        _options.Add((option, (settings, parsed) => set(settings, parsed.GetValue(option)!)));
        return this;
    }

    /// <summary>Adds an option whose value is a whole number in a range.</summary>
    public OptionList<T> Whole(string name, string description, long defaultValue, long least, long most, Func<T, long, T> set) =>
        Add(CommandOptions.Whole(name, description, defaultValue, least, most), set);

    /// <summary>Gives a command these options, and what to do with the settings that they make.</summary>
    /// <returns>The command.</returns>
    public Command AddTo(Command command, Action<T> execute)
    {
        foreach (var (option, _) in _options)
            command.Options.Add(option);
        command.SetAction(parsed => execute(_options.Aggregate(defaults, (settings, each) => each.Apply(settings, parsed))));
        return command;
    }
}
