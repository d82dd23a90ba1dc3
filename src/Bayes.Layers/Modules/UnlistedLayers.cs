using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>
/// Bayesian layers that a model uses and TorchSharp does not list among its modules: nothing would train them, save them or count their KL
/// divergence.
/// </summary>
internal static class UnlistedLayers
{
    /// <summary>Refuses a model with a Bayesian module in a field, array, list or dictionary of its own that it does not list.</summary>
    /// <remarks>For where no pass is made that would meet the layer, as when a model is saved.</remarks>
    /// <exception cref="InvalidOperationException">There is one.</exception>
    public static void RequireNone(nn.Module model)
    {
        var listed = model.modules().Prepend(model).ToHashSet<nn.Module>(ReferenceEqualityComparer.Instance);
        foreach (var module in listed)
            foreach (var held in HeldBy(module))
                if (!listed.Contains(held))
                    throw Refuse(module, held);
    }

    /// <summary>Creates the error that says which layer is not listed, and why it may be.</summary>
    public static InvalidOperationException Refuse(nn.Module model, BayesianModule layer) => new(
        $"{model.GetName()} uses a {layer.GetName()}({layer.Describe()}) that is not among its modules, so it would not be trained, saved or counted: "
        + "TorchSharp looks neither into arrays, lists and dictionaries nor at fields that a derived class adds after its base class called RegisterComponents. "
        + "Register it with register_module(name, layer), or hold it in a ModuleList.");

    // The library's and TorchSharp's own modules register what they hold.
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "A field that trimming removes holds nothing that the program uses.")]
    private static IEnumerable<BayesianModule> HeldBy(nn.Module module)
    {
        const BindingFlags own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        for (var type = module.GetType(); type is not null && type.Assembly != typeof(UnlistedLayers).Assembly && type.Assembly != typeof(nn.Module).Assembly; type = type.BaseType)
            foreach (var field in type.GetFields(own))
                foreach (var held in In(field.GetValue(module)))
                    yield return held;
    }

    private static IEnumerable<BayesianModule> In(object? value) => value switch
    {
        BayesianModule module => [module],
        IDictionary dictionary => dictionary.Values.Cast<object?>().SelectMany(In),
        // Not every sequence: to enumerate one may compute something.
        ICollection collection when MayHoldModules(collection.GetType()) => collection.Cast<object?>().SelectMany(In),
        _ => [],
    };

    // Numbers and texts are no modules, and there may be many of them.
    private static bool MayHoldModules(Type collection) =>
        (collection.GetElementType() ?? collection.GetGenericArguments().SingleOrDefault()) is not { } element || !element.IsPrimitive && element != typeof(string);
}
