using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>
/// Detects Bayesian layers that a model uses but TorchSharp does not list among its modules: they would not be trained or saved, and their KL
/// divergence would not count.
/// </summary>
internal static class UnlistedLayers
{
    /// <summary>Refuses a model that holds an unlisted Bayesian module in a field, array, list or dictionary.</summary>
    /// <remarks>For operations without a pass that would find the layer, such as saving a model.</remarks>
    /// <exception cref="InvalidOperationException">The model holds an unlisted Bayesian module.</exception>
    public static void RequireNone(nn.Module model)
    {
        var listed = model.modules().Prepend(model).ToHashSet<nn.Module>(ReferenceEqualityComparer.Instance);
        foreach (var module in listed)
            foreach (var held in HeldBy(module))
                if (!listed.Contains(held))
                    throw Refuse(module, held);
    }

    /// <summary>Creates the exception that names the unlisted layer and the possible reason.</summary>
    public static InvalidOperationException Refuse(nn.Module model, BayesianModule layer) => new(
        $"{model.GetName()} uses a {layer.GetName()}({layer.Describe()}) that is not among its modules, so it would not be trained, saved or "
        + "counted: TorchSharp does not search arrays, lists and dictionaries, or fields that a derived class adds after its base class called "
        + "RegisterComponents. Register it with register_module(name, layer), or hold it in a ModuleList.");

    // The library's and TorchSharp's own modules register everything that they hold.
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "A field that trimming removes holds nothing that the program uses.")]
    private static IEnumerable<BayesianModule> HeldBy(nn.Module module)
    {
        const BindingFlags own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        for (var type = module.GetType(); type is not null && IsUsers(type); type = type.BaseType)
            foreach (var field in type.GetFields(own))
                foreach (var held in In(field.GetValue(module)))
                    yield return held;
    }

    private static bool IsUsers(Type type) => type.Assembly != typeof(UnlistedLayers).Assembly && type.Assembly != typeof(nn.Module).Assembly;

    private static IEnumerable<BayesianModule> In(object? value) => value switch
    {
        BayesianModule module => [module],
        IDictionary dictionary => dictionary.Values.Cast<object?>().SelectMany(In),
        // Only collections: enumerating another sequence may compute something.
        ICollection collection when MayHoldModules(collection.GetType()) => collection.Cast<object?>().SelectMany(In),
        _ => [],
    };

    // Skips collections of numbers and strings, which may be large.
    private static bool MayHoldModules(Type collection) =>
        (collection.GetElementType() ?? collection.GetGenericArguments().SingleOrDefault()) is not { } element
        || !element.IsPrimitive && element != typeof(string);
}
