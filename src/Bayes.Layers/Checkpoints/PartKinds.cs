namespace Bayes.Layers.Checkpoints;

/// <summary>
/// The kinds of modules, priors or likelihoods that a checkpoint knows. The list is fixed, so that a file never chooses a type to load.
/// </summary>
internal sealed class PartKinds<TPart, TPlace>(params IEnumerable<PartKind<TPart, TPlace>> kinds)
{
    private readonly Dictionary<Type, PartKind<TPart, TPlace>> _ofType = kinds.ToDictionary(kind => kind.Type);
    private readonly Dictionary<string, PartKind<TPart, TPlace>> _ofName = kinds.ToDictionary(kind => kind.Type.Name);

    /// <summary>Gets the types.</summary>
    public IReadOnlyCollection<Type> Types => _ofType.Keys;

    /// <summary>Returns the kind of a type, or null if the list lacks it.</summary>
    public PartKind<TPart, TPlace>? Of(Type type) => _ofType.GetValueOrDefault(type);

    /// <summary>Returns the kind that a file names, or null if the list lacks it.</summary>
    public PartKind<TPart, TPlace>? Of(SavedPart saved) => saved.IsKnown ? _ofName.GetValueOrDefault(saved.Type) : null;
}
