using System.Text;

namespace Bayes.Layers.Checkpoints;

/// <summary>Describes a checkpoint without its values.</summary>
/// <param name="FormatVersion">The version of the metadata that this library writes; null in a file that another program wrote.</param>
/// <param name="LibraryVersion">The version of the library that wrote the file; null in a file of another program.</param>
/// <param name="Layers">
/// The Bayesian modules by their names in the model, each with its type, posterior and priors; empty in a file of another program.
/// </param>
/// <param name="Likelihood">The likelihood that was saved with the model, or null.</param>
/// <param name="Metadata">All entries of the file's metadata.</param>
/// <param name="Tensors">The tensors in the order of the file.</param>
public sealed record CheckpointInfo(
    int? FormatVersion,
    string? LibraryVersion,
    IReadOnlyDictionary<string, string> Layers,
    string? Likelihood,
    IReadOnlyDictionary<string, string> Metadata,
    IReadOnlyList<CheckpointTensor> Tensors)
{
    /// <summary>Gets the model with all its modules; null in a file that another program or an earlier version wrote.</summary>
    public SavedModule? Model { get; init; }

    /// <summary>Gets the other names of tensors with several names in the model, each with the name under which the tensor was saved.</summary>
    public IReadOnlyDictionary<string, string> Ties { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the likelihood and the loss around it; null if no likelihood was saved or described.</summary>
    internal SavedLoss? Loss { get; init; }

    /// <summary>Returns the tensors by all their names, including those of <see cref="Ties"/>.</summary>
    internal Dictionary<string, CheckpointTensor> TensorsByName()
    {
        var tensors = Tensors.ToDictionary(tensor => tensor.Name);
        foreach (var (name, saved) in Ties)
            tensors.Add(name, tensors[saved]);
        return tensors;
    }

    /// <summary>
    /// Returns the version, the modules with their options and priors, the likelihood, and the tensors with their types and shapes, one per line.
    /// </summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(LibraryVersion is null ? "A file of another program" : $"Bayes.Layers {LibraryVersion}, format {FormatVersion}");
        if (Model is not null)
            foreach (var module in Model.All())
                text.Append(Environment.NewLine).Append(module.Path.Length == 0 ? "model" : module.Path).Append(": ").Append(module);
        else
            foreach (var (name, layer) in Layers)
                text.Append(Environment.NewLine).Append(name.Length == 0 ? "model" : name).Append(": ").Append(layer);
        if (Likelihood is not null)
            text.Append(Environment.NewLine).Append("likelihood: ").Append(Likelihood);
        if (Loss is { DatasetSize: { } size } loss)
            text.Append(FormattableString.Invariant($"{Environment.NewLine}loss: {size} examples, beta {loss.Beta}"));
        long numbers = Tensors.Sum(tensor => tensor.Count);
        text.Append(FormattableString.Invariant($"{Environment.NewLine}{Tensors.Count} tensors, {numbers} numbers, {Bytes} bytes"));
        foreach (var tensor in Tensors)
            text.Append(Environment.NewLine).Append("  ").Append(tensor);
        foreach (var (name, saved) in Ties)
            text.Append(Environment.NewLine).Append("  ").Append(name).Append(": the same as ").Append(saved);
        return text.ToString();
    }

    private long Bytes => Tensors.Sum(tensor => tensor.Count * SafeTensorsTypes.SizeOf(tensor.Type));
}
