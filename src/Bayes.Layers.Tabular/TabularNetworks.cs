using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>The part of a model of a table that regression and classification have in common: the encoding and the trained networks.</summary>
/// <remarks>Owns the networks; dispose it.</remarks>
internal sealed class TabularNetworks : IDisposable
{
    private const string NoteName = "bayes_layers_tabular";
    private const int FormatVersion = 1;

    private readonly IDisposable _owner;
    private readonly ConcurrentDictionary<(Likelihood, TabularDraws), Lazy<MonteCarloPredictive>> _predictors = [];

    private TabularNetworks(
        IDisposable owner, Ensemble ensemble, TableEncoding encoding, IReadOnlyList<MemberSummary> members, int draws, int seed)
    {
        (_owner, Ensemble, Encoding, Members, Draws, Seed) = (owner, ensemble, encoding, members, draws, seed);
        Summary = encoding.Summarize() with { Members = members };
    }

    /// <summary>Gets the networks as a distribution over functions of standardised features.</summary>
    public Ensemble Ensemble { get; }

    /// <summary>Gets how tables become features.</summary>
    public TableEncoding Encoding { get; }

    /// <summary>Gets what became of each network.</summary>
    public IReadOnlyList<MemberSummary> Members { get; }

    /// <summary>Gets the number of draws of a prediction.</summary>
    public int Draws { get; }

    /// <summary>Gets the seed of the draws.</summary>
    public int Seed { get; }

    /// <summary>Gets what was done to the columns, and the networks.</summary>
    public TabularSummary Summary { get; }

    /// <summary>Trains networks.</summary>
    /// <param name="training">The training rows.</param>
    /// <param name="encoding">How they become features.</param>
    /// <param name="heads">The ends that the networks can have.</param>
    /// <param name="target">The target, as the likelihoods of the heads take it.</param>
    /// <param name="factors">A factor of each row's log-probability, or null.</param>
    /// <param name="options">The options.</param>
    /// <param name="progress">Receives a report after every epoch of a network.</param>
    /// <param name="cancellationToken">Ends the training.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TabularNetworks Train(
        Table training, TableEncoding encoding, IReadOnlyList<MemberHead> heads, Tensor target, double[]? factors, TabularOptions options,
        IProgress<TabularProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var recipe = TabularRecipe.Of(training.RowCount, heads, options);
        var (networks, shares, members) = new MemberTraining(recipe, options, progress)
            .Train(ToInput(encoding.Encode(training)), target, factors is null ? null : tensor(factors), cancellationToken);
        return new TabularNetworks(
            new Modules(networks), new Ensemble(networks, networks.Count == 1 ? null : shares), encoding, members, options.Draws, options.Seed);
    }

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="likelihood">p(y | f) of the ensemble.</param>
    /// <param name="kind">What the file is.</param>
    /// <param name="task">What the networks predict.</param>
    public void Save(string path, Likelihood likelihood, string kind, JsonObject task) => Checkpoint.Save(
        Ensemble, path, likelihood, new Dictionary<string, string>
        {
            [NoteName] = new JsonObject
            {
                ["version"] = FormatVersion, ["kind"] = kind, ["draws"] = Draws, ["seed"] = Seed, ["task"] = task, ["encoding"] = Encoding.ToJson(),
                ["members"] = new JsonArray([.. Members.Select(ToJson)]),
            }.ToJsonString(),
        });

    /// <summary>Returns what a file is, or null if it holds no model of a table.</summary>
    /// <exception cref="CheckpointException">The file is damaged.</exception>
    public static string? KindOf(string path) => !Checkpoint.Describe(path).Metadata.TryGetValue(NoteName, out string? text) ? null
        : (JsonNode.Parse(text) ?? throw Damaged(path, new InvalidDataException("It is empty."))).Text("kind");

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What the file must be.</param>
    /// <returns>The networks, and what they predict.</returns>
    /// <exception cref="CheckpointException">The file is damaged, of a later version, or something else.</exception>
    public static (TabularNetworks Networks, JsonNode Task) Load(string path, string kind)
    {
        if (!Checkpoint.Describe(path).Metadata.TryGetValue(NoteName, out string? text))
            throw new CheckpointException($"The file '{path}' holds no model of a table; expected one that Save of {kind} wrote.");
        try
        {
            var note = JsonNode.Parse(text) ?? throw new InvalidDataException("The description of the table is empty.");
            if (note.Count("version") is var version && version > FormatVersion)
                throw new CheckpointException(
                    $"The file '{path}' is of version {version}; expected at most {FormatVersion}: a later version of this library wrote it.");
            if (note.Text("kind") is var found && found != kind)
                throw new CheckpointException($"The file '{path}' holds a {found}; expected a {kind}.");
            var encoding = TableEncoding.FromJson(note.Member("encoding"));
            MemberSummary[] members = [.. note.Items("members").Select(FromJson)];
            int draws = note.Count("draws"), seed = note.Count("seed");
            var task = note.Member("task");
            var loaded = Checkpoint.LoadDistribution(path, CPU);
            return loaded.Distribution is Ensemble ensemble ? (new TabularNetworks(loaded, ensemble, encoding, members, draws, seed), task)
                : throw Damaged(path, new InvalidDataException("The networks are no ensemble."));
        }
        catch (Exception exception) when (exception is InvalidDataException or System.Text.Json.JsonException or InvalidOperationException
            && exception is not CheckpointException)
        {
            throw Damaged(path, exception);
        }
    }

    /// <summary>Returns features as an input of the networks.</summary>
    public static Tensor ToInput(EncodedRows rows) => tensor(rows.Values, [rows.RowCount, rows.FeatureCount]);

    /// <summary>
    /// Returns the predictor of all predictions. One for each would leave some bytes behind, as every module of TorchSharp does, and a service makes
    /// millions of predictions.
    /// </summary>
    /// <param name="likelihood">p(y | f) of the ensemble, the same object each time.</param>
    /// <param name="draws">Which functions.</param>
    public MonteCarloPredictive PredictorOf(Likelihood likelihood, TabularDraws draws) => _predictors.GetOrAdd(
        (likelihood, draws), _ => new(() => new MonteCarloPredictive(Ensemble, likelihood, draws.Count, draws.Seed, draws.Budget))).Value;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var predictor in _predictors.Values)
            predictor.Value.Dispose();
        _predictors.Clear();
        _owner.Dispose();
    }

    private static CheckpointException Damaged(string path, Exception exception) =>
        new($"The description of the table in '{path}' is damaged: {exception.Message}", exception);

    private static JsonObject ToJson(MemberSummary member) => new()
    {
        ["kind"] = member.Kind, ["hidden"] = new JsonArray([.. member.Hidden.Select(units => (JsonNode)units)]), ["loss"] = member.Loss,
        ["weight"] = member.Weight, ["steps"] = member.Steps,
    };

    private static MemberSummary FromJson(JsonNode json) => new(
        json.Text("kind"), [.. json.Items("hidden").Select(units => units.GetValue<int>())], json.Number("loss"), json.Number("weight"),
        json.Member("steps").GetValue<long>());

    private sealed class Modules(IReadOnlyList<BayesianSequential> networks) : IDisposable
    {
        public void Dispose()
        {
            foreach (var network in networks)
                network.Dispose();
        }
    }
}
