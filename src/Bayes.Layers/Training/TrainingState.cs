using Bayes.Layers.Checkpoints;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Writes and reads everything that the next epoch of a training depends on, in a SafeTensors file: the values of model and loss and the best ones,
/// the optimizer's memory, the positions of noise streams, and the epochs so far. A schedule of the learning rate is not stored: it is stepped again
/// through the epochs.
/// </summary>
internal sealed class TrainingState
{
    private const string Format = "bayes-layers-training", Version = "1";
    private const string MemoryPrefix = "optimizer.", EpochsKey = "epochs", GlobalKey = "noise.global", OwnKey = "noise.own";

    private readonly KeptValues _best;
    private readonly TrainingStep _step;
    private readonly NoiseSource? _noise;

    /// <summary>Creates the state of a training.</summary>
    /// <param name="step">The step, with its model and loss.</param>
    /// <param name="best">The values of the best epoch, for the tensors of <see cref="Values"/>.</param>
    /// <exception cref="ArgumentException">The step's memory or the position of the noise cannot be read.</exception>
    public TrainingState(TrainingStep step, KeptValues best)
    {
        Named = [.. ValuesOf(step.Model, "model"), .. ValuesOf(step.Loss, "loss")];
        (_step, _best) = (step, best);
        using var scope = NewDisposeScope();
        if (step.Memory is null)
            throw new ArgumentException($"The state of the optimizer {Optimizer} cannot be stored; expected {OptimizerMemory.Known}.", nameof(step));
        var noise = step.Noise;
        _noise = ReferenceEquals(noise, TorchNoise.Global) ? null : noise;
        if (_noise is not null && _noise.StreamPosition() is null)
            throw new ArgumentException(
                $"The estimator's noise is {_noise.GetType().Name}, whose position cannot be stored; expected TorchNoise.", nameof(step));
    }

    private (string Name, Tensor Value)[] Named { get; }

    private string Optimizer => (_step.Optimizer?.GetType() ?? _step.GetType()).Name;

    private IReadOnlyDictionary<string, Tensor> Memory => _step.Memory!;

    /// <summary>Returns the values of a training that are kept and restored, in the order of the file.</summary>
    public static IEnumerable<Tensor> Values(nn.Module model, ElboLoss loss) =>
        ValuesOf(model, "").Concat(ValuesOf(loss, "")).Select(each => each.Value);

    /// <summary>Writes the whole file, or nothing.</summary>
    public void Save(string path, TrainingCounts counts)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var tensors = Named.ToDictionary(each => each.Name, each => each.Value);
        foreach (var ((name, _), kept) in Named.Zip(_best.Kept()))
            if (kept is not null)
                tensors.Add($"best.{name}", kept);
        foreach (var (name, value) in Memory)
            tensors.Add(MemoryPrefix + name, value);
        tensors.Add(EpochsKey, counts.Table());
        tensors.Add(GlobalKey, TorchNoise.Global.StreamPosition());
        if (_noise?.StreamPosition() is { } position)
            tensors.Add(OwnKey, position);
        var texts = new Dictionary<string, string> { ["format"] = Format, ["version"] = Version, ["optimizer"] = Optimizer };
        counts.Write(texts);
        WholeFile.Write(path, stream => SafeTensorsFile.Write(stream, texts, tensors));
    }

    /// <summary>Reads and checks a file, and then restores everything.</summary>
    /// <exception cref="CheckpointException">The file is damaged or from another training; nothing has changed.</exception>
    public TrainingCounts Load(string path)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var stream = CheckpointReader.Open(path);
        var header = SafeTensorsFile.ReadHeader(stream);
        RequireText(header, "format", Format);
        RequireText(header, "version", Version);
        RequireText(header, "optimizer", Optimizer);
        var tensors = SafeTensorsFile.ReadTensors(stream, header);
        var counts = TrainingCounts.Read(header.Metadata, Find(tensors, EpochsKey));
        bool hasBest = tensors.Keys.Any(name => name.StartsWith("best.", StringComparison.Ordinal));
        Tensor[] values = [.. Named.Select(each => Find(tensors, each.Name, each.Value))];
        Tensor[] best = hasBest ? [.. Named.Select(each => Find(tensors, $"best.{each.Name}", each.Value))] : [];
        foreach (var (name, value) in Memory)
            Find(tensors, MemoryPrefix + name, value);
        var (global, own) = (Find(tensors, GlobalKey), _noise is null ? null : Find(tensors, OwnKey));

        // The best values are copied from the model, so they are put there first.
        if (hasBest)
        {
            CopyToModel(best);
            _best.Keep();
        }
        CopyToModel(values);
        _step.Remember(tensors.Where(each => each.Key.StartsWith(MemoryPrefix, StringComparison.Ordinal))
            .ToDictionary(each => each.Key[MemoryPrefix.Length..], each => each.Value));
        TorchNoise.Global.ContinueFrom(global);
        if (own is not null)
            _noise!.ContinueFrom(own);
        return counts;
    }

    private void CopyToModel(Tensor[] values)
    {
        foreach (var ((_, target), value) in Named.Zip(values))
            target.copy_(value);
    }

    private static IEnumerable<(string Name, Tensor Value)> ValuesOf(nn.Module module, string prefix) =>
        module.named_parameters().Select(each => ($"{prefix}.{each.name}", (Tensor)each.parameter))
            .Concat(module.named_buffers().Select(each => ($"{prefix}.{each.name}", each.buffer)));

    private static void RequireText(SafeTensorsHeader header, string name, string expected)
    {
        string? found = header.Metadata.GetValueOrDefault(name);
        if (found != expected)
            throw new CheckpointException(
                $"The file's {name} is {(found is null ? "missing" : $"'{found}'")}; expected '{expected}', as in the state of this training.");
    }

    private static Tensor Find(Dictionary<string, Tensor> tensors, string name, Tensor? like = null)
    {
        if (!tensors.TryGetValue(name, out var found))
            throw new CheckpointException($"The file has no tensor '{name}'; expected the state of a training of this model.");
        if (like is not null && (!found.shape.AsSpan().SequenceEqual(like.shape) || found.dtype != like.dtype))
            throw new CheckpointException(
                $"The file's tensor '{name}' is of type {found.dtype} and shape {Shapes.Describe(found.shape)}; expected {like.dtype} and "
                    + $"{Shapes.Describe(like.shape)}, as in this training.");
        return found;
    }
}
