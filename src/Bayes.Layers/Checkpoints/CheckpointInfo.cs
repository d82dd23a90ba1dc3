namespace Bayes.Layers.Checkpoints;

/// <summary>What a checkpoint says of itself, without its numbers.</summary>
/// <param name="FormatVersion">The version of what this library writes into the metadata; null in a file that another program wrote.</param>
/// <param name="LibraryVersion">The version of the library that wrote it; null in another's file.</param>
/// <param name="Layers">The Bayesian modules by their names in the model, each with its type, posterior and priors; empty in another's file.</param>
/// <param name="Likelihood">The likelihood of the loss that was saved with the model, or null.</param>
/// <param name="Metadata">All entries of the file's metadata.</param>
/// <param name="Tensors">The tensors in the order of the file.</param>
public sealed record CheckpointInfo(
    int? FormatVersion,
    string? LibraryVersion,
    IReadOnlyDictionary<string, string> Layers,
    string? Likelihood,
    IReadOnlyDictionary<string, string> Metadata,
    IReadOnlyList<CheckpointTensor> Tensors);
