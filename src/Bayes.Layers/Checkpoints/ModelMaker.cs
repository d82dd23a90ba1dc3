using System.Runtime.InteropServices;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>Makes the modules that a file describes. Their values are placeholders until the file is loaded.</summary>
/// <param name="file">The description of the file.</param>
/// <param name="device">The device of the tensors.</param>
/// <param name="dtype">The floating-point type of the tensors; null for that of the file.</param>
/// <param name="make">Makes modules that the library does not know, or returns null.</param>
internal sealed class ModelMaker(CheckpointInfo file, Device device, ScalarType? dtype, Func<SavedModule, nn.Module?>? make)
{
    private readonly Dictionary<string, nn.Module> _made = [];
    private readonly Dictionary<string, CheckpointTensor> _tensors = file.TensorsByName();
    private Int128 _numbers = file.TensorsByName().Values.Sum(tensor => tensor.Count);

    /// <summary>Gets the device of the tensors.</summary>
    public Device Device => device;

    /// <summary>Gets all modules that were made.</summary>
    public IReadOnlyList<nn.Module> Made => [.. _made.Values];

    /// <summary>Makes a Bayesian model.</summary>
    /// <exception cref="CheckpointException">
    /// The file does not describe its model, or describes one that cannot be made or is not Bayesian.
    /// </exception>
    public BayesianModule MakeModel() => MakeRoot(root => root as BayesianModule ?? throw new CheckpointException(
        $"The model was saved as {file.Model}, which is not Bayesian; expected a Bayesian model, Checkpoint.LoadDistribution, "
        + "or Checkpoint.Load into a model."));

    /// <summary>Makes a model of any kind.</summary>
    /// <exception cref="CheckpointException">The file does not describe its model, or describes one that cannot be made.</exception>
    public nn.Module MakeRoot() => MakeRoot(root => root);

    private TModule MakeRoot<TModule>(Func<nn.Module, TModule> accept)
    {
        var saved = file.Model ?? throw new CheckpointException(
            "The file does not describe its modules, since another program or an earlier version wrote it; "
            + "expected a file that Checkpoint.Save of this version wrote, or Checkpoint.Load into a model.");
        // Plain modules draw random initial values; the generator is restored for the caller.
        try
        {
            return GlobalGenerator.Borrow(() => accept(Make(saved)));
        }
        catch
        {
            DisposeAll();
            throw;
        }
    }

    /// <summary>Makes a module with its children.</summary>
    /// <exception cref="CheckpointException">The module cannot be made.</exception>
    public nn.Module Make(SavedModule saved)
    {
        if (saved.SameAs is { } same)
            return _made.GetValueOrDefault(same)
                ?? throw new CheckpointException(
                    $"The module '{saved.Path}' was saved as {saved}, which does not come before it; the file is damaged.");
        var made = ModulePlace.IsKnown(saved) ? MakeKnown(saved) : make?.Invoke(saved) ?? throw new CheckpointException(
            $"The module '{saved.Path}' was saved as {saved}, which this library cannot make; "
            + $"expected a function 'make' that returns one, or Checkpoint.Load into a model.");
        _made.Add(saved.Path, made);
        return made;
    }

    /// <summary>Makes the likelihood, or returns null if the file has none.</summary>
    /// <exception cref="CheckpointException">The likelihood cannot be made.</exception>
    public Likelihood? MakeLikelihood()
    {
        if (file.Loss is not { } saved)
            return null;
        CheckpointTensor[] learned =
            [.. _tensors.Values.Where(tensor => tensor.Name.StartsWith(ModelState.LikelihoodPrefix, StringComparison.Ordinal))];
        return Guarded(
            "The likelihood", saved.Likelihood.ToString(), () => LikelihoodKinds.Make(saved.Likelihood, new LikelihoodPlace(device, dtype, learned)));
    }

    /// <summary>Makes the loss around a likelihood.</summary>
    /// <exception cref="CheckpointException">The loss cannot be made.</exception>
    public ElboLoss MakeLoss(Likelihood likelihood, long datasetSize, double beta) =>
        Guarded("The loss", FormattableString.Invariant($"one of {datasetSize} examples and beta {beta}"), () =>
            new ElboLoss(likelihood, datasetSize, beta));

    /// <summary>Returns the floating-point type of a module's own tensors, or null if it has none.</summary>
    public ScalarType? TypeOf(string path)
    {
        string prefix = path.Length == 0 ? "" : path + ".";
        foreach (var (name, tensor) in _tensors)
            if (name.StartsWith(prefix, StringComparison.Ordinal) && !name.AsSpan(prefix.Length).Contains('.') && is_floating_point(tensor.Type))
                return dtype ?? tensor.Type;
        return null;
    }

    /// <summary>Returns a tensor of the file.</summary>
    /// <exception cref="CheckpointException">The file has no such tensor.</exception>
    public CheckpointTensor Tensor(string path, string tensor) =>
        _tensors.GetValueOrDefault(path.Length == 0 ? tensor : $"{path}.{tensor}")
            ?? throw new CheckpointException($"The module '{path}' has no tensor '{tensor}' in the file; the file is damaged.");

    /// <summary>Subtracts the elements of a tensor from those of the file that are left.</summary>
    /// <exception cref="CheckpointException">The file has too few elements.</exception>
    public void Reserve(SavedModule saved, long[] shape)
    {
        Int128 count = 1;
        foreach (long size in shape)
            // The product of two factors below 2^63 fits into an Int128.
            count = Int128.Min(count * Math.Max(0, size), long.MaxValue);
        if ((_numbers -= count) < 0)
            throw new CheckpointException(
                $"The module '{saved.Path}' was saved as {saved}, with more numbers than the file has; the file is damaged.");
    }

    private nn.Module MakeKnown(SavedModule saved)
    {
        string name = $"The module '{saved.Path}'";
        return Guarded(
            name, saved.ToString(), () =>
                ModuleKinds.All.Of(saved.Part)!.Make(new SavedOptions(name, saved.Part.Options), new ModulePlace(this, saved)));
    }

    // The type itself or the native library refuses invalid options.
    private static T Guarded<T>(string name, string saved, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception exception) when (exception is ArgumentException or ExternalException)
        {
            throw new CheckpointException(
                $"{name} was saved as {saved}, which cannot be made: {exception.Message.Split('\n')[0].TrimEnd()}", exception);
        }
    }

    /// <summary>Disposes all modules that were made.</summary>
    public void DisposeAll()
    {
        foreach (var module in _made.Values)
            module.Dispose();
    }
}
