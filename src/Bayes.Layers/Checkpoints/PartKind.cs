using System.Text.Json.Nodes;

namespace Bayes.Layers.Checkpoints;

/// <summary>A type that a checkpoint knows: the options that it saves, and how it makes an equal object from them.</summary>
/// <typeparam name="TPart">Modules, priors or likelihoods.</typeparam>
/// <typeparam name="TPlace">The place that an object is made for.</typeparam>
/// <param name="Type">The exact type, never a derived one.</param>
/// <param name="Read">Returns every option that changes what an object computes.</param>
/// <param name="Make">Makes an object from the options.</param>
internal sealed record PartKind<TPart, TPlace>(Type Type, Func<TPart, (string Name, JsonNode? Value)[]> Read, Func<SavedOptions, TPlace, TPart> Make)
{
    /// <summary>Returns the kind of a type.</summary>
    public static PartKind<TPart, TPlace> Of<T>(Func<T, (string Name, JsonNode? Value)[]> read, Func<SavedOptions, TPlace, T> make)
        where T : TPart =>
        new(typeof(T), part => read((T)part!), (options, place) => make(options, place));

    /// <summary>Returns the kind of a type without options.</summary>
    public static PartKind<TPart, TPlace> Of<T>(Func<T> make) where T : TPart => Of<T>(_ => [], (_, _) => make());
}
