using System.Globalization;

namespace Bayes.Layers.Service;

/// <summary>What the configuration says: the command line (<c>--Model m.safetensors</c>), environment variables, or a file of settings.</summary>
internal sealed record ServiceOptions
{
    /// <summary>Gets the path of the checkpoint.</summary>
    public required string Model { get; init; }

    /// <summary>Gets the number of draws; null for 100. A model of a table has its own.</summary>
    public int? Draws { get; init; }

    /// <summary>Gets the seed of the draws; null for 1. A model of a table has its own.</summary>
    public int? Seed { get; init; }

    /// <summary>Gets the probability within an interval.</summary>
    public double IntervalMass { get; init; } = 0.9;

    /// <summary>Gets the names of the columns of a network, in the order of its inputs; empty for x0, x1 and so on.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>Gets the names of the classes of a network; empty for 0, 1 and so on.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>Gets the most rows that are predicted at once.</summary>
    public int BatchRows { get; init; } = 64;

    /// <summary>Gets the most rows of requests that wait.</summary>
    public int QueueRows { get; init; } = 4096;

    /// <summary>Gets the most rows of a request.</summary>
    public int RequestRows { get; init; } = 1000;

    /// <summary>Gets the most bytes of a request's body; streams have no limit.</summary>
    public int BodyBytes { get; init; } = 4 << 20;

    /// <summary>Gets the most bytes of a line of a stream.</summary>
    public int LineBytes { get; init; } = 64 << 10;

    /// <summary>Gets the most streams at a time.</summary>
    public int Streams { get; init; } = 4;

    /// <summary>Gets the number of batches that are predicted at the same time.</summary>
    public int Workers { get; init; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Reads the configuration.</summary>
    /// <exception cref="CannotStartException">A value is missing or outside its range.</exception>
    public static ServiceOptions From(IConfiguration configuration)
    {
        var defaults = new ServiceOptions { Model = "" };
        string? model = configuration[nameof(Model)];
        if (string.IsNullOrWhiteSpace(model))
            throw new CannotStartException("There is no model; expected the path of a checkpoint: --Model model.safetensors");
        return new ServiceOptions
        {
            Model = model,
            Draws = Count(nameof(Draws), 2, null),
            Seed = Count(nameof(Seed), int.MinValue, null),
            IntervalMass = Mass(),
            Columns = Names(nameof(Columns)),
            Classes = Names(nameof(Classes)),
            BatchRows = Count(nameof(BatchRows), 1, defaults.BatchRows)!.Value,
            QueueRows = Count(nameof(QueueRows), 1, defaults.QueueRows)!.Value,
            RequestRows = Count(nameof(RequestRows), 1, defaults.RequestRows)!.Value,
            BodyBytes = Count(nameof(BodyBytes), 1, defaults.BodyBytes)!.Value,
            LineBytes = Count(nameof(LineBytes), 1, defaults.LineBytes)!.Value,
            Streams = Count(nameof(Streams), 0, defaults.Streams)!.Value,
            Workers = Count(nameof(Workers), 1, defaults.Workers)!.Value,
        };

        int? Count(string name, int least, int? otherwise)
        {
            if (configuration[name] is not { } text)
                return otherwise;
            return int.TryParse(text, CultureInfo.InvariantCulture, out int value) && value >= least ? value
                : throw new CannotStartException(
                    $"{name} is '{text}'; expected a whole number{(least == int.MinValue ? "" : $" of at least {least}")}.");
        }

        double Mass()
        {
            if (configuration[nameof(IntervalMass)] is not { } text)
                return defaults.IntervalMass;
            return double.TryParse(text, CultureInfo.InvariantCulture, out double value) && value is > 0 and < 1 ? value
                : throw new CannotStartException($"{nameof(IntervalMass)} is '{text}'; expected a probability above 0 and below 1.");
        }

        // A list of a file of settings, or names with commas between them.
        string[] Names(string name)
        {
            string[] names = configuration.GetSection(name).Get<string[]>()
                ?? (configuration[name] is { } text ? text.Split(',', StringSplitOptions.TrimEntries) : []);
            if (names.FirstOrDefault(string.IsNullOrWhiteSpace) is not null)
                throw new CannotStartException($"{name} has an empty name; expected a name for each.");
            return names.GroupBy(each => each).FirstOrDefault(group => group.Count() > 1) is not { } twice ? names
                : throw new CannotStartException($"{name} has '{twice.Key}' twice; expected each name once.");
        }
    }
}
