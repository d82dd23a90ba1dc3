using System.Text.Json.Nodes;

namespace Bayes.Layers.Tabular;

/// <summary>
/// Says how the target of a regression is distributed around what the columns tell of it. Immutable. There is one class for each kind.
/// </summary>
public abstract class TabularNoise
{
    private protected TabularNoise()
    {
    }

    /// <summary>
    /// Gets noise that is learned: of any size and shape, both of which may depend on the row. The networks of the ensemble differ in what they
    /// allow, from heavy tails of one size to mixtures of normal distributions, and the ELBO decides. The default.
    /// </summary>
    public static TabularNoise Learned { get; } = new LearnedNoise();

    /// <summary>Returns normal noise whose standard deviation is known for each row, such as the error of a measurement.</summary>
    /// <param name="column">The name of the column with the standard deviations, in the target's unit, each above 0; predictions need it too.
    /// </param>
    public static TabularNoise Given(string column) => new GivenNoise(column);

    /// <summary>Returns the noise of counts: the target is a whole number of at least 0 with a Poisson distribution.</summary>
    /// <param name="exposureColumn">The name of the column with the exposure of each row, such as the years in which events were counted: the rate
    /// is proportional to it. Above 0; predictions need it too. Null, the default, for an exposure of 1.</param>
    public static TabularNoise Poisson(string? exposureColumn = null) => new PoissonNoise(exposureColumn);

    /// <summary>Gets the columns that it needs beside the target, and what they are, for messages.</summary>
    internal abstract IReadOnlyList<(string Name, string Role)> Columns { get; }

    /// <summary>Learns what a model needs to know of training rows.</summary>
    /// <exception cref="InvalidDataException">A value of the target or of a column is refused.</exception>
    internal abstract RegressionTask Learn(Table training, string target);

    /// <summary>Reads a task that was written.</summary>
    internal static RegressionTask FromJson(JsonNode json) => json.Text("noise") switch
    {
        LearnedTask.Kind => LearnedTask.FromJson(json),
        GivenNoiseTask.Kind => GivenNoiseTask.FromJson(json),
        PoissonTask.Kind => PoissonTask.FromJson(json),
        var kind => throw new InvalidDataException($"The noise of the model is '{kind}', which this version does not know."),
    };

    private sealed class LearnedNoise : TabularNoise
    {
        internal override IReadOnlyList<(string Name, string Role)> Columns => [];

        internal override RegressionTask Learn(Table training, string target) => LearnedTask.Learn(training, target);

        public override string ToString() => LearnedTask.Kind;
    }

    private sealed class GivenNoise(string column) : TabularNoise
    {
        internal override IReadOnlyList<(string Name, string Role)> Columns => [(column, GivenNoiseTask.Role)];

        internal override RegressionTask Learn(Table training, string target) => GivenNoiseTask.Learn(training, target, column);

        public override string ToString() => $"{GivenNoiseTask.Kind} by '{column}'";
    }

    private sealed class PoissonNoise(string? exposure) : TabularNoise
    {
        internal override IReadOnlyList<(string Name, string Role)> Columns => exposure is null ? [] : [(exposure, PoissonTask.Role)];

        internal override RegressionTask Learn(Table training, string target) => PoissonTask.Learn(training, target, exposure);

        public override string ToString() => exposure is null ? PoissonTask.Kind : $"{PoissonTask.Kind} with exposure '{exposure}'";
    }
}
