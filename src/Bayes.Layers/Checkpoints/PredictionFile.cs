using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Prediction;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>
/// Writes predictions into files and reads them, so that one process can <see cref="Predictive.Merge(Predictive[])"/> what several made, with all
/// that a prediction knows of where it comes from.
/// </summary>
public static class PredictionFile
{
    private const int FormatVersion = 1;
    private const string Key = "bayes_layers.prediction";
    private const string Mean = "mean", Squares = "squares", Noise = "noise", Entropy = "entropy", LogDensity = "log_density", Samples = "samples";

    /// <summary>Writes a prediction as a SafeTensors file, whole or not at all.</summary>
    /// <param name="prediction">The prediction, with its samples if it kept them. It stays as it is.</param>
    /// <param name="path">The file, which replaces an existing one. Its folder must exist.</param>
    /// <exception cref="ArgumentException">The prediction was made from given samples, whose draws have no names.</exception>
    /// <exception cref="IOException">The file cannot be written; no part of it remains.</exception>
    public static void Save(Predictive prediction, string path)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentException.ThrowIfNullOrEmpty(path);
        // Throws if the tensors are gone.
        _ = prediction.Mean;
        if (prediction.Provenance is not { } provenance)
            throw new ArgumentException(
                "The prediction was made from given samples, whose draws have no names; save the samples instead.", nameof(prediction));
        using var scope = NewDisposeScope();
        var moments = prediction.Moments;
        (string Name, Tensor Tensor)[] tensors =
        [
            .. new (string Name, Tensor? Tensor)[]
            {
                (Mean, moments.Mean), (Squares, moments.Squares), (Noise, moments.Noise), (Entropy, moments.Entropy),
                (LogDensity, moments.LogDensity), (Samples, prediction.KeptSamples),
            }.Where(each => each.Tensor is not null).Select(each => (each.Name, each.Tensor!.cpu().contiguous())),
        ];
        var json = new JsonObject
        {
            ["version"] = FormatVersion, ["likelihood"] = $"{prediction.Likelihood}", ["type"] = $"{prediction.ElementType}",
            ["seed"] = provenance.Seed,
            ["draws"] = new JsonArray([.. provenance.Draws.Ranges.Select(range => (JsonNode)new JsonArray(range.First, range.Count))]),
            ["model"] = Text(provenance.Model), ["input"] = Text(provenance.Input),
            ["target"] = provenance.Target is { } target ? Text(target) : null, ["caution"] = provenance.Caution, ["lanes"] = moments.IsOfLanes,
            ["digest"] = Text(Fingerprint.Of(tensors)),
        };
        var metadata = new Dictionary<string, string> { [Key] = json.ToJsonString() };
        WholeFile.Write(path, stream => SafeTensorsFile.Write(
            stream, metadata, tensors.Select(each => KeyValuePair.Create(each.Name, each.Tensor))));
    }

    /// <summary>Reads a prediction that <see cref="Save"/> wrote, on the CPU.</summary>
    /// <param name="path">The file.</param>
    /// <param name="likelihood">p(y | f), that of the prediction.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    /// <exception cref="CheckpointException">The file is damaged, of a later version, or of another likelihood.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Predictive Load(string path, Likelihood likelihood)
    {
        ArgumentNullException.ThrowIfNull(likelihood);
        using var stream = CheckpointReader.Open(path);
        using var scope = NewDisposeScope();
        try
        {
            var header = SafeTensorsFile.ReadHeader(stream);
            if (!header.Metadata.TryGetValue(Key, out string? text) || JsonNode.Parse(text) is not { } json)
                throw new CheckpointException(
                    $"The file '{path}' holds no prediction; expected one that {nameof(PredictionFile)}.{nameof(Save)} wrote.");
            if (json["version"]!.GetValue<int>() is > FormatVersion and var version)
                throw new CheckpointException($"The prediction in '{path}' is of version {version}; expected at most {FormatVersion}.");
            if (json["likelihood"]!.GetValue<string>() is var found && found != $"{likelihood}")
                throw new CheckpointException($"The prediction in '{path}' has the likelihood {found}; expected {likelihood}.");
            var tensors = SafeTensorsFile.ReadTensors(stream, header);
            string[] order = [.. new[] { Mean, Squares, Noise, Entropy, LogDensity, Samples }.Where(tensors.ContainsKey)];
            if (Text(Fingerprint.Of(order.Select(name => (name, tensors[name])))) != json["digest"]!.GetValue<string>())
                throw new CheckpointException($"The prediction in '{path}' is damaged: its numbers are not those that were written.");
            return Make(json, tensors, likelihood).MoveToOuterDisposeScope();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or NullReferenceException
            or KeyNotFoundException or ArgumentException or EndOfStreamException)
        {
            throw new CheckpointException($"The prediction in '{path}' is damaged: {exception.Message}", exception);
        }
    }

    private static Predictive Make(JsonNode json, Dictionary<string, Tensor> tensors, Likelihood likelihood)
    {
        DrawRanges? draws = null;
        foreach (var range in json["draws"]!.AsArray())
        {
            var next = DrawRanges.From(range![0]!.GetValue<int>(), range[1]!.GetValue<int>());
            draws = draws?.With(next) ?? next;
        }
        var moments = new MixtureMoments(
            draws!.Ranges.Sum(range => range.Count), tensors[Mean], tensors[Squares], tensors[Noise], tensors.GetValueOrDefault(Entropy),
            tensors.GetValueOrDefault(LogDensity), json["lanes"]!.GetValue<bool>());
        var provenance = new Provenance(
            json["seed"]!.GetValue<long>(), draws, Number(json["model"]!), Number(json["input"]!),
            json["target"] is { } target ? Number(target) : null, json["caution"]?.GetValue<string>());
        return new Predictive(
            moments, likelihood, Enum.Parse<ScalarType>(json["type"]!.GetValue<string>()), provenance, tensors.GetValueOrDefault(Samples));
    }

    private static string Text(ulong fingerprint) => fingerprint.ToString("x16", CultureInfo.InvariantCulture);

    private static ulong Number(JsonNode text) => ulong.Parse(text.GetValue<string>(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
