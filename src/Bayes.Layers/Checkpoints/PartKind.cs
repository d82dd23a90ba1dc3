using System.Text.Json.Nodes;

namespace Bayes.Layers.Checkpoints;

/// <summary>A type that a checkpoint knows: which options it writes down, and how it makes an equal object of them.</summary>
/// <typeparam name="TPart">Modules, priors or likelihoods.</typeparam>
/// <typeparam name="TPlace">What is known of the place that an object is made for.</typeparam>
/// <param name="Type">The type itself, never one derived from it.</param>
/// <param name="Read">Returns every option that changes what an object computes.</param>
/// <param name="Make">Makes an object of the options.</param>
internal sealed record PartKind<TPart, TPlace>(Type Type, Func<TPart, (string Name, JsonNode? Value)[]> Read, Func<SavedOptions, TPlace, TPart> Make)
{
    /// <summary>The kind of a type.</summary>
    public static PartKind<TPart, TPlace> Of<T>(Func<T, (string Name, JsonNode? Value)[]> read, Func<SavedOptions, TPlace, T> make) where T
        : TPart =>
        new(typeof(T), part => read((T)part!), (options, place) => make(options, place));

    /// <summary>The kind of a type without options.</summary>
    public static PartKind<TPart, TPlace> Of<T>(Func<T> make) where T : TPart => Of<T>(_ => [], (_, _) => make());
}
