using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>Reads a checkpoint from a stream, which stays open.</summary>
internal sealed class CheckpointReader
{
    private readonly Stream _stream;
    private readonly SafeTensorsHeader _header;

    /// <summary>Reads the description of the file, up to its first value.</summary>
    /// <exception cref="CheckpointException">The file is damaged, or of a later version.</exception>
    /// <exception cref="ArgumentException">The stream cannot seek.</exception>
    public CheckpointReader(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanSeek)
            throw new ArgumentException(
                "The stream cannot seek, so its length is unknown; expected one that can, such as a file or a MemoryStream.",
                nameof(stream));
        _stream = stream;
        _header = SafeTensorsFile.ReadHeader(stream);
        Info = CheckpointMetadata.Read(_header);
    }

    /// <summary>Gets the description of the file.</summary>
    public CheckpointInfo Info { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="CheckpointException">The path is a folder.</exception>
    public static FileStream Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        // Opening a folder would fail with "access denied".
        return Directory.Exists(path) ? throw new CheckpointException($"'{path}' is a folder; expected a file.") : File.OpenRead(path);
    }

    /// <summary>Loads all tensors.</summary>
    /// <exception cref="CheckpointException">The file is of another model. The model is unchanged.</exception>
    public void Load(ModelState state, bool compareDescriptions)
    {
        state.RequireSame(Info, compareDescriptions);
        Load(state, state.Tensors.ContainsKey);
    }

    /// <summary>Loads the part that the model and the file have in common.</summary>
    /// <exception cref="CheckpointException">A loaded module differs from the model's, or nothing fits. The model is unchanged.</exception>
    public PartialLoad LoadPart(ModelState state, Func<string, bool> partial, bool compareDescriptions)
    {
        var part = PartialSelection.Of(state, Info, partial, compareDescriptions);
        Load(state, part.Taken.ToHashSet().Contains);
        return part;
    }

    /// <summary>Makes the model that the file describes, and loads it.</summary>
    /// <exception cref="CheckpointException">The file does not describe a model that can be made.</exception>
    public LoadedModel MakeModel(ModelMaker maker, Likelihood? given) =>
        Make(maker, given, maker.MakeModel, (model, likelihood, loss) => new LoadedModel(model, likelihood, loss));

    /// <summary>Makes the distribution over functions that the file describes, and loads it.</summary>
    /// <exception cref="CheckpointException">The file does not describe a distribution that can be made.</exception>
    public LoadedDistribution MakeDistribution(ModelMaker maker, Likelihood? given) =>
        Make(
            maker, given, maker.MakeRoot,
            (root, likelihood, loss) => new LoadedDistribution(FunctionDistribution.Of(root), maker.Made, likelihood, loss));

    private TLoaded Make<TModule, TLoaded>(
        ModelMaker maker, Likelihood? given, Func<TModule> makeRoot, Func<TModule, Likelihood?, ElboLoss?, TLoaded> combine) where TModule : nn.Module
    {
        var root = makeRoot();
        Likelihood? likelihood = null;
        ElboLoss? loss = null;
        try
        {
            likelihood = given ?? maker.MakeLikelihood();
            loss = likelihood is not null && Info.Loss is { DatasetSize: { } size, Beta: var beta } ? maker.MakeLoss(likelihood, size, beta) : null;
            ModelTies.Restore(root, Info.Ties);
            Load(new ModelState(root, likelihood, loss), compareDescriptions: true);
            root.eval();
            return combine(root, likelihood, loss);
        }
        catch
        {
            maker.DisposeAll();
            if (given is null)
            {
                loss?.Dispose();
                likelihood?.Parameters?.Dispose();
            }
            throw;
        }
    }

    // Reads and checks the whole file before the model changes.
    private void Load(ModelState state, Func<string, bool> isTaken)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var read = new Dictionary<Tensor, (string Name, Tensor Value)>(ReferenceEqualityComparer.Instance);
        var ties = Info.Ties.ToLookup(tie => tie.Value, tie => tie.Key);
        foreach (var entry in _header.Entries)
        {
            string[] names = [.. ties[entry.Name].Prepend(entry.Name).Where(isTaken)];
            if (names.Length == 0)
            {
                _stream.Seek(entry.End - entry.Begin, SeekOrigin.Current);
                continue;
            }
            using var converting = NewDisposeScope();
            var value = empty(entry.Shape, NumberConversion.AsRead(entry.Type), CPU);
            TensorBytes.Read(_stream, value);
            foreach (string name in names)
            {
                var target = state.Tensors[name];
                // Stays on the CPU, so that a GPU does not hold the model twice.
                var converted = NumberConversion.To(target.dtype, value, name);
                state.RequireScaleInRange(Info, name, converted);
                if (!read.TryAdd(target, (name, converted)))
                    ModelTies.RequireEqual(read[target].Name, read[target].Value, name, converted);
                else
                    converted.MoveToOuterDisposeScope();
            }
        }
        foreach (var (target, (_, value)) in read)
            target.copy_(value);
    }
}
