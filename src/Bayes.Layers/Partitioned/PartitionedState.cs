using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Partitioned;

/// <summary>The numbers of a <see cref="PartitionedPosterior"/>, which can be kept as bytes.</summary>
internal sealed class PartitionedState
{
    private const string Kind = "partitioned-posterior-1";

    public required PartitionedOptions Options { get; init; }

    public required string Fingerprint { get; init; }

    public required NaturalParameters Prior { get; init; }

    /// <summary>Gets where the training of the first round starts.</summary>
    public required NaturalParameters Start { get; init; }

    /// <summary>Gets whether the weights are in single precision, so that messages are too.</summary>
    public required bool IsSingle { get; init; }

    /// <summary>Gets the partitions in the order of their names.</summary>
    public List<PartitionMember> Members { get; init; } = [];

    public List<PartitionedRound> Rounds { get; init; } = [];

    public long Version { get; set; }

    /// <summary>Gets or sets the number of the last request; no number is given twice, also not to a partition that comes back.</summary>
    public long LastNumber { get; set; }

    public long RequestBytes { get; set; }

    public long AnswerBytes { get; set; }

    public static PartitionedState Of(BayesianModule model, Likelihood likelihood, PartitionedOptions? options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(likelihood);
        var schema = ModelSchema.Of(model, likelihood);
        return new PartitionedState
        {
            Options = options ?? new PartitionedOptions(),
            Fingerprint = schema.Fingerprint,
            Prior = schema.Prior,
            Start = schema.Read(model),
            IsSingle = schema.IsSingle,
        };
    }

    public byte[] ToBytes() => MessageBytes.Write(
        Kind, [("state", Texts().ToJsonString())],
        [
            ("prior", Prior), ("start", Start),
            .. Members.Index().SelectMany(each => new[]
            {
                (FormattableString.Invariant($"factor.{each.Index}"), each.Item.Factor),
                (FormattableString.Invariant($"change.{each.Index}"), each.Item.Pending?.Change),
            }),
        ]);

    public static PartitionedState FromBytes(ReadOnlySpan<byte> bytes)
    {
        var message = MessageBytes.Read(Kind, bytes);
        try
        {
            using var document = JsonDocument.Parse(message.Text("state"));
            return Read(document.RootElement, message);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException
            or ArgumentException)
        {
            throw new CheckpointException($"The state of the posterior is damaged: {exception.Message}", exception);
        }
    }

    private JsonObject Texts() => new()
    {
        ["fingerprint"] = Fingerprint,
        ["is_single"] = IsSingle,
        ["version"] = Version,
        ["last_number"] = LastNumber,
        ["request_bytes"] = RequestBytes,
        ["answer_bytes"] = AnswerBytes,
        ["asynchronous"] = Options.Schedule == PartitionSchedule.Asynchronous,
        ["damping"] = Text(Options.Damping),
        ["seed"] = Options.Seed,
        ["least_precision"] = Options.LeastPrecision,
        ["most_answers_between"] = Options.MostAnswersBetween,
        ["partitions"] = new JsonArray([.. Members.Select(Text)]),
        ["rounds"] = new JsonArray([.. Rounds.Select(Text)]),
    };

    private static JsonNode Text(PartitionMember member) => new JsonObject
    {
        ["name"] = member.Name,
        ["number"] = member.Number,
        ["last_answered"] = member.LastAnswered,
        ["answers"] = member.Answers,
        ["examples"] = member.Examples,
        ["is_frozen"] = member.IsFrozen,
        ["included_share"] = member.IncludedShare,
        ["pending_version"] = member.Pending?.Version,
        ["pending_examples"] = member.Pending?.Examples,
        ["pending_expected"] = Text(member.Pending?.ExpectedLogLikelihood),
    };

    private static JsonNode Text(PartitionedRound round) => new JsonObject
    {
        ["answered"] = new JsonArray([.. round.Answered.Select(name => (JsonNode)name)]),
        ["expected_before"] = Text(round.ExpectedLogLikelihoodBefore),
        ["kl_before"] = Text(round.KlDivergenceBefore),
        ["kl"] = Text(round.KlDivergence),
        ["elbo_before"] = Text(round.ElboBefore),
        ["largest_change"] = Text(round.LargestChange),
        ["effective_examples"] = Text(round.EffectiveExamples),
        ["determined_weights"] = Text(round.DeterminedWeights),
        ["shortened_weights"] = round.ShortenedWeights,
        ["request_bytes"] = round.RequestBytes,
        ["answer_bytes"] = round.AnswerBytes,
    };

    // As text, since JSON has finite numbers alone.
    private static JsonNode? Text(double? value) => value is { } number ? MessageBytes.Of(number) : null;

    private static PartitionedState Read(JsonElement state, MessageBytes message)
    {
        string fingerprint = state.GetProperty("fingerprint").GetString()!;
        var members = state.GetProperty("partitions").EnumerateArray().Index()
            .Select(each => ReadMember(each.Item, message, each.Index, fingerprint)).ToList();
        return new PartitionedState
        {
            Options = new PartitionedOptions
            {
                Schedule = state.GetProperty("asynchronous").GetBoolean() ? PartitionSchedule.Asynchronous : PartitionSchedule.Synchronous,
                Damping = RealOrNull(state, "damping"),
                Seed = state.GetProperty("seed").GetInt64(),
                LeastPrecision = state.GetProperty("least_precision").GetDouble(),
                MostAnswersBetween = WholeOrNull(state, "most_answers_between"),
            },
            Fingerprint = fingerprint,
            Prior = message.Group("prior"),
            Start = message.Group("start"),
            IsSingle = state.GetProperty("is_single").GetBoolean(),
            Members = members,
            Rounds = [.. state.GetProperty("rounds").EnumerateArray().Select(ReadRound)],
            Version = state.GetProperty("version").GetInt64(),
            LastNumber = state.GetProperty("last_number").GetInt64(),
            RequestBytes = state.GetProperty("request_bytes").GetInt64(),
            AnswerBytes = state.GetProperty("answer_bytes").GetInt64(),
        };
    }

    private static PartitionMember ReadMember(JsonElement member, MessageBytes message, int index, string fingerprint)
    {
        string name = member.GetProperty("name").GetString()!;
        long number = member.GetProperty("number").GetInt64();
        return new PartitionMember(name)
        {
            Factor = message.GroupOrNull(FormattableString.Invariant($"factor.{index}")),
            Number = number,
            LastAnswered = member.GetProperty("last_answered").GetInt64(),
            Answers = member.GetProperty("answers").GetInt32(),
            Examples = WholeOrNull(member, "examples"),
            IsFrozen = member.GetProperty("is_frozen").GetBoolean(),
            IncludedShare = member.GetProperty("included_share").GetDouble(),
            Pending = message.GroupOrNull(FormattableString.Invariant($"change.{index}")) is { } change
                ? new PartitionAnswer
                {
                    Partition = name,
                    Number = number,
                    Version = member.GetProperty("pending_version").GetInt64(),
                    Fingerprint = fingerprint,
                    Change = change,
                    Examples = WholeOrNull(member, "pending_examples"),
                    ExpectedLogLikelihood = RealOrNull(member, "pending_expected"),
                }
                : null,
        };
    }

    private static PartitionedRound ReadRound(JsonElement round, int index) => new()
    {
        Number = index + 1,
        Answered = [.. round.GetProperty("answered").EnumerateArray().Select(name => name.GetString()!)],
        ExpectedLogLikelihoodBefore = RealOrNull(round, "expected_before"),
        KlDivergenceBefore = RealOrNull(round, "kl_before")!.Value,
        KlDivergence = RealOrNull(round, "kl")!.Value,
        ElboBefore = RealOrNull(round, "elbo_before"),
        LargestChange = RealOrNull(round, "largest_change")!.Value,
        EffectiveExamples = RealOrNull(round, "effective_examples"),
        DeterminedWeights = RealOrNull(round, "determined_weights")!.Value,
        ShortenedWeights = round.GetProperty("shortened_weights").GetInt32(),
        RequestBytes = round.GetProperty("request_bytes").GetInt64(),
        AnswerBytes = round.GetProperty("answer_bytes").GetInt64(),
    };

    private static long? WholeOrNull(JsonElement parent, string key) =>
        parent.GetProperty(key) is { ValueKind: not JsonValueKind.Null } value ? value.GetInt64() : null;

    private static double? RealOrNull(JsonElement parent, string key) =>
        parent.GetProperty(key) is { ValueKind: not JsonValueKind.Null } value
            ? double.Parse(value.GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture) : null;
}
