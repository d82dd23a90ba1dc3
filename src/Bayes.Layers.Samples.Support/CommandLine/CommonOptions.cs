namespace Bayes.Layers.Samples.Support.CommandLine;

/// <summary>Adds the options that several samples have.</summary>
internal static class CommonOptions
{
    public static OptionList<T> Epochs<T>(this OptionList<T> options, string description, long least = 1, long most = 1_000_000)
        where T : SampleOptions =>
        options.Whole("--epochs", description, options.Defaults.Epochs, least, most, (settings, value) => settings with { Epochs = (int)value });

    public static OptionList<T> BatchSize<T>(this OptionList<T> options, string description) where T : SampleOptions =>
        options.Whole(
            "--batch-size", description, options.Defaults.BatchSize, 1, 1_000_000, (settings, value) => settings with { BatchSize = (int)value });

    public static OptionList<T> LearningRate<T>(this OptionList<T> options, string description) where T : SampleOptions => options.Add(
        CommandOptions.Number("--learning-rate", description, options.Defaults.LearningRate, mayBeZero: false),
        (settings, value) => settings with { LearningRate = value });

    public static OptionList<T> Beta<T>(this OptionList<T> options) where T : NetworkOptions => options.Add(
        CommandOptions.Number(
            "--beta", "Weight of the KL divergence; 1 is Bayes' rule, below 1 a colder posterior.", options.Defaults.Beta, mayBeZero: true),
        (settings, value) => settings with { Beta = value });

    public static OptionList<T> Samples<T>(this OptionList<T> options, string description, long least, long most) where T : SampleOptions =>
        options.Whole("--samples", description, options.Defaults.Samples, least, most, (settings, value) => settings with { Samples = (int)value });

    public static OptionList<T> Seed<T>(this OptionList<T> options, string description) where T : SampleOptions =>
        options.Whole("--seed", description, options.Defaults.Seed, 0, long.MaxValue - 2, (settings, value) => settings with { Seed = value });

    public static OptionList<T> Device<T>(this OptionList<T> options) where T : NetworkOptions =>
        options.Add(CommandOptions.Device(options.Defaults.Device), (settings, value) => settings with { Device = value! });

    public static OptionList<T> Output<T>(this OptionList<T> options, string description) where T : SampleOptions =>
        options.Add(CommandOptions.Folder(description, options.Defaults.Output), (settings, value) => settings with { Output = value! });

    public static OptionList<T> Quiet<T>(this OptionList<T> options) where T : SampleOptions =>
        options.Add(CommandOptions.Quiet(), (settings, value) => settings with { Quiet = value });
}
