using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Bayes.Layers.ML;

/// <summary>
/// What ML.NET offers to its own packages alone: its saved pipelines, and descriptions of columns. It is found by reflection, here and nowhere else
/// (docs/decisions/0062).
/// </summary>
internal static class Internals
{
    // ML.NET keeps eight bytes of the first and 24 of the second.
    private const string Signature = "BAYESNET", LoadName = "BayesianNetwork";
    private const uint Version = 0x00010001;

    private const BindingFlags Anything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    private static readonly Assembly Core = typeof(ICanSaveModel).Assembly;

    private static readonly Lock Registering = new();

    /// <summary>Returns the environment of a catalog of trainers.</summary>
    public static IHostEnvironment EnvironmentOf(TrainCatalogBase.CatalogInstantiatorBase catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var property = Find(
            "IInternalCatalog.Environment",
            () => typeof(TrainCatalogBase).Assembly.GetType("Microsoft.ML.Data.IInternalCatalog")?.GetProperty("Environment"));
        return (IHostEnvironment)property.GetValue(catalog)!;
    }

    /// <summary>Returns a description of a column for <c>GetOutputSchema</c>.</summary>
    public static SchemaShape.Column Shape(OutputColumn column)
    {
        var constructor = Find("a constructor of SchemaShape.Column", () => typeof(SchemaShape.Column).GetConstructors(Anything)
            .SingleOrDefault(each => each.GetParameters().Length == 5));
        var annotations = column.Annotations() is { } given ? ShapeOf(given.Schema) : null;
        return (SchemaShape.Column)constructor.Invoke(
            [column.Name, column.IsVector ? SchemaShape.Column.VectorKind.Vector : SchemaShape.Column.VectorKind.Scalar, column.ItemType,
                column.Type is KeyDataViewType, annotations]);
    }

    /// <summary>Lets saved pipelines find what loads a network; once for each catalog.</summary>
    public static void Register(ComponentCatalog catalog, MethodInfo load)
    {
        lock (Registering)
        {
            var signature = CoreType("Microsoft.ML.SignatureLoadModel");
            var find = Method(typeof(ComponentCatalog), "GetLoadableClassInfo", typeof(string), typeof(Type));
            if (find.Invoke(catalog, [LoadName, signature]) is not null)
                return;
            var attributeType = CoreType("Microsoft.ML.LoadableClassAttribute");
            var newAttribute = Find("a constructor of LoadableClassAttribute", () => attributeType.GetConstructor(
                [typeof(Type), typeof(Type), typeof(Type), typeof(Type), typeof(string), typeof(string[])]));
            object attribute = newAttribute.Invoke([typeof(ITransformer), load.DeclaringType, null, signature, LoadName, new[] { LoadName }]);
            var infoType = CoreType("Microsoft.ML.Runtime.ComponentCatalog+LoadableClassInfo");
            var newInfo = Find("a constructor of LoadableClassInfo", () => infoType.GetConstructors(Anything)
                .SingleOrDefault(each => each.GetParameters().Length == 5));
            object info = newInfo.Invoke([attribute, null, null, load, true]);
            Method(typeof(ComponentCatalog), "AddClass", infoType, typeof(string[]), typeof(bool)).Invoke(
                catalog, [info, new[] { LoadName }, true]);
        }
    }

    /// <summary>Writes that a saved part is a network.</summary>
    public static void WriteHeader(ModelSaveContext context)
    {
        Call(Method(typeof(ModelSaveContext), "CheckAtModel"), context);
        Call(Method(typeof(ModelSaveContext), "SetVersionInfo", CoreType("Microsoft.ML.VersionInfo")), context, NewVersion());
    }

    /// <summary>Writes an entry of a saved part.</summary>
    public static void Write(ModelSaveContext context, string name, byte[] bytes) => Call(
        Method(typeof(ModelSaveContext), "SaveBinaryStream", typeof(string), typeof(Action<BinaryWriter>)), context, name,
        (Action<BinaryWriter>)(writer => writer.Write(bytes)));

    /// <summary>Checks that a saved part is a network.</summary>
    public static void CheckHeader(object context) =>
        Call(Method(context.GetType(), "CheckAtModel", CoreType("Microsoft.ML.VersionInfo")), context, NewVersion());

    /// <summary>Reads an entry of a saved part.</summary>
    /// <exception cref="InvalidDataException">There is no such entry.</exception>
    public static byte[] Read(object context, string name)
    {
        using var bytes = new MemoryStream();
        bool isFound = (bool)Call(
            Method(context.GetType(), "TryLoadBinaryStream", typeof(string), typeof(Action<BinaryReader>)), context, name,
            (Action<BinaryReader>)(reader => reader.BaseStream.CopyTo(bytes)))!;
        return isFound ? bytes.ToArray() : throw new InvalidDataException($"The saved network has no part '{name}'; expected one.");
    }

    private static object NewVersion()
    {
        var constructor = Find("a constructor of VersionInfo", () => CoreType("Microsoft.ML.VersionInfo").GetConstructors(Anything)
            .SingleOrDefault(each => each.GetParameters().Length == 7));
        return constructor.Invoke([.. constructor.GetParameters().Select(parameter => (object?)(parameter.Name switch
        {
            "modelSignature" => Signature,
            "verWrittenCur" or "verReadableCur" or "verWeCanReadBack" => Version,
            "loaderAssemblyName" => typeof(Internals).Assembly.FullName,
            "loaderSignature" => LoadName,
            _ => null,
        }))]);
    }

    private static object ShapeOf(DataViewSchema schema) => Method(typeof(SchemaShape), "Create", typeof(DataViewSchema)).Invoke(null, [schema])!;

    private static Type CoreType(string name) => Find(name, () => Core.GetType(name));

    private static MethodInfo Method(Type type, string name, params Type[] parameters) =>
        Find($"{type.Name}.{name}", () => type.GetMethod(name, Anything, parameters));

    // Exceptions of what is called, not of the call.
    private static object? Call(MethodInfo method, object target, params object?[] arguments) =>
        method.Invoke(target, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null);

    private static T Find<T>(string what, Func<T?> find)
        where T : class => find() ?? throw new NotSupportedException(
            $"Microsoft.ML {Core.GetName().Version} has no {what}, which saving and loading a Bayesian network needs; expected Microsoft.ML 5.0.");
}
