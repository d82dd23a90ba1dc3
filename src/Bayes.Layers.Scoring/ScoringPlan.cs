using System.Reflection;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bayes.Layers.Scoring.Models;
using Bayes.Layers.Scoring.Plans;
using Bayes.Layers.Scoring.Tables;
using static TorchSharp.torch;

namespace Bayes.Layers.Scoring;

/// <summary>
/// Says exactly what is scored, and how the work is cut into shards, so that any process on any machine can do any shard: a shard is a function of
/// the plan and its number alone. Immutable; a small text in JSON.
/// </summary>
/// <remarks>
/// The plan knows the model, the table and this library's version by their digests, and a worker that finds others refuses to work. With shards of
/// rows, every row's answer is the same to the bit however many workers there are, on machines of one kind; processors with other vector instructions
/// may round differently.
/// </remarks>
public sealed class ScoringPlan
{
    private const int FormatVersion = 1;
    private const int RowsOfTrial = 2;

    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    private readonly PlanDocument _document;
    private readonly ShardCut _cut;

    private ScoringPlan(PlanDocument document, ShardCut cut) => (_document, _cut) = (document, cut);

    /// <summary>Gets the version of this library, which must be that of the plan.</summary>
    public static string LibraryVersion { get; } =
        typeof(MonteCarloPredictive).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Gets the path of the model's file.</summary>
    public string Model => _document.Model!;

    /// <summary>Gets the path of the table's file.</summary>
    public string Table => _document.Table!;

    /// <summary>Gets the number of rows of the table.</summary>
    public long Rows => _document.TableDescription.Rows;

    /// <summary>Gets the number of draws.</summary>
    public int Draws => _document.Draws;

    /// <summary>Gets the seed of the draws.</summary>
    public long Seed => _document.Seed;

    /// <summary>Gets the columns of features that are read.</summary>
    public IReadOnlyList<string> Features => _document.Features;

    /// <summary>Gets how the work is cut.</summary>
    public ShardCut Cut => _cut;

    /// <summary>Gets the number of shards.</summary>
    public int ShardCount => _cut.CountOf(Rows, Draws);

    /// <summary>
    /// Gets the SHA-256 of what is scored, in hexadecimal digits: of the digests of the model and the table, the version, the draws, what is wanted
    /// and the cut, but not of the paths.
    /// </summary>
    public string Fingerprint => _document.Fingerprint!;

    /// <summary>Gets what a model is asked about rows.</summary>
    internal ScoringTask Task => new(_document.Features, _document.Targets, _document.Seed, _document.Draws, _document.Quantiles);

    /// <summary>Gets what the plan knows of the table.</summary>
    internal TableDescription TableDescription => _document.TableDescription;

    /// <summary>Gets whether shards have some draws of all rows, to be merged.</summary>
    internal bool IsByDraws => _cut.IsByDraws;

    /// <summary>Gets the digest of the model's file.</summary>
    internal string ModelDigest => _document.ModelDigest;

    /// <summary>Makes a plan: reads the table once, loads the model, and scores the first rows with one draw to see that they fit.</summary>
    /// <param name="request">What is to be scored.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ScoringException">The request, the model and the table do not fit.</exception>
    /// <exception cref="InvalidDataException">The table is damaged, has no rows, or a value is refused.</exception>
    /// <exception cref="Checkpoints.CheckpointException">The model's file is damaged or holds no model.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ScoringPlan Create(ScoringRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var model = ScoredModel.Open(request.Model, CPU);
        var description = ScoredTable.Describe(request.Table, request.Cut.RowsOfPiece, ColumnsWithKinds, cancellationToken);
        var features = model.FeaturesOf(request, description.Columns);
        RequireColumns(request, description, [.. features, .. request.Targets]);
        var document = new PlanDocument
        {
            Version = FormatVersion, Library = LibraryVersion, Model = Path.GetFullPath(request.Model),
            ModelDigest = ScoredModel.DigestOf(request.Model), Table = Path.GetFullPath(request.Table), TableDescription = description,
            Features = features, Targets = request.Targets, Seed = request.Seed, Draws = request.Draws ?? model.UsualDraws,
            Quantiles = request.Quantiles, Cut = request.Cut.Name, CutSize = request.Cut.Size,
        };
        var plan = new ScoringPlan(document with { Fingerprint = FingerprintOf(document) }, request.Cut);
        plan.Try(model, cancellationToken);
        return plan;

        // Called before the rows are read, so what does not fit is refused at once.
        IReadOnlyList<string>? ColumnsWithKinds(IReadOnlyList<string> columns)
        {
            var read = model.FeaturesOf(request, columns).Concat(request.Targets);
            return model.NeedsKinds ? [.. read.Where(columns.Contains)] : null;
        }
    }

    /// <summary>Reads a plan that <see cref="Save"/> wrote. Relative paths in it begin at its folder.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ScoringException">It is no plan, or was changed after it was made.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ScoringPlan Load(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"The plan '{path}' does not exist; expected a file that 'plan' wrote.", path);
        return Parse(File.ReadAllText(path), Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Reads a plan from text.</summary>
    /// <param name="json">What <see cref="ToJson"/> returned.</param>
    /// <param name="folder">Where relative paths begin; the current folder by default.</param>
    /// <exception cref="ScoringException">It is no plan, or was changed after it was made.</exception>
    public static ScoringPlan Parse(string json, string? folder = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        PlanDocument document;
        try
        {
            document = JsonSerializer.Deserialize<PlanDocument>(json, Form) ?? throw new JsonException("it is empty");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or NotSupportedException)
        {
            throw new ScoringException($"The text is no plan of scoring: {exception.Message.Split('\n')[0].TrimEnd('.')}.", exception);
        }
        if (document.Version > FormatVersion)
            throw new ScoringException($"The plan is of version {document.Version}; expected at most {FormatVersion}: a later library made it.");
        string found = FingerprintOf(document);
        if (found != document.Fingerprint)
            throw new ScoringException(
                $"The plan was changed after it was made: its fingerprint is {found[..16]}…, and it says '{document.Fingerprint}'; make a new plan.");
        var cut = ShardCut.Find(document.Cut, document.CutSize)
            ?? throw new ScoringException($"The plan is cut by '{document.Cut}', which this version does not know.");
        return new ScoringPlan(document with { Model = Full(document.Model), Table = Full(document.Table) }, cut);

        // The current folder may have been deleted, which matters only to relative paths.
        string Full(string? path) =>
            Path.IsPathFullyQualified(path ?? "") ? path! : Path.GetFullPath(path ?? "", folder ?? Environment.CurrentDirectory);
    }

    /// <summary>Returns the plan as text in JSON, with full paths.</summary>
    public string ToJson() => JsonSerializer.Serialize(_document, Form);

    /// <summary>Writes the plan, whole or not at all. Files in or below its folder are named relative to it, so that all can be moved
    /// together.</summary>
    /// <param name="path">The file, which replaces an existing one. Its folder must exist.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string json = JsonSerializer.Serialize(_document with { Model = Relative(Model), Table = Relative(Table) }, Form);
        Checkpoints.WholeFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(json + "\n")));

        string Relative(string file)
        {
            string relative = Path.GetRelativePath(folder, file);
            return relative.StartsWith("..", StringComparison.Ordinal) ? file : relative;
        }
    }

    /// <summary>Returns the work of a shard.</summary>
    /// <param name="shard">The number of the shard, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such shard.</exception>
    public ShardRange RangeOf(int shard) => shard >= 0 && shard < ShardCount ? _cut.RangeOf(shard, Rows, Draws)
        : throw new ArgumentOutOfRangeException(nameof(shard), shard, $"The shard is {shard}; expected 0 to {ShardCount - 1}.");

    /// <summary>Returns the numbers of rows, draws and shards, and the beginning of the fingerprint.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Rows} rows × {Draws} draws of seed {Seed} in {ShardCount} shards by {_cut.Name} (plan {Fingerprint[..16]})");

    /// <summary>Refuses a plan that another version of this library made: its answers may differ.</summary>
    /// <exception cref="ScoringException">The version is another.</exception>
    internal void RequireThisLibrary()
    {
        if (_document.Library != LibraryVersion)
            throw new ScoringException($"The plan was made by version {_document.Library} of the library; this one is {LibraryVersion}.");
    }

    private static string FingerprintOf(PlanDocument document)
    {
        var content = document with { Model = null, Table = null, Fingerprint = null };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(content, Form)));
    }

    private static void RequireColumns(ScoringRequest request, TableDescription description, IReadOnlyList<string> wanted)
    {
        foreach (string name in wanted)
            if (description.Columns.Count(column => column == name) is var count && count != 1)
                throw new ScoringException(
                    $"The table '{request.Table}' has {(count == 0 ? "no" : $"{count}")} column{(count > 1 ? "s" : "")} '{name}'; expected one. "
                    + $"It has '{string.Join("', '", description.Columns)}'.");
    }

    private void Try(ScoredModel model, CancellationToken cancellationToken)
    {
        if (IsByDraws)
            model.RequireMerges();
        var rows = ScoredTable.Open(Table, TableDescription).Read(0, (int)Math.Min(Rows, RowsOfTrial), Task.Columns);
        try
        {
            model.Score(rows, Task with { Draws = 1 }, cancellationToken);
        }
        catch (ArgumentException exception)
        {
            throw new ScoringException(
                $"The model '{Model}' does not take {Features.Count} columns ('{string.Join("', '", Features)}'): "
                + $"{exception.Message.Split(" (Parameter")[0]}", exception);
        }
    }
}
