using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Bayes.Layers.Tests;

/// <summary>
/// A C# program from a document, compiled as the console project, or with "#:sdk Microsoft.NET.Sdk.Web" the web project, of a reader who has
/// only the packages of the namespaces that the program uses.
/// </summary>
/// <param name="Files">The text of each file of the project.</param>
internal sealed partial record DocumentedProgram(IReadOnlyList<string> Files)
{
    private const string Observer = "Bayes.Layers.Tests.Observer";

    // What ImplicitUsings of Microsoft.NET.Sdk adds to a console project.
    private const string ImplicitUsings =
        """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    // Microsoft.NET.Sdk ignores CS1701 and CS1702; dotnet run, not the compiler, reads the lines that begin with "#:".
    private static readonly CSharpCompilationOptions Options =
        new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable)
        .WithSpecificDiagnosticOptions(
            [KeyValuePair.Create("CS1701", ReportDiagnostic.Suppress), KeyValuePair.Create("CS1702", ReportDiagnostic.Suppress)]);

    private static readonly CSharpParseOptions ParseOptions =
        CSharpParseOptions.Default.WithFeatures([KeyValuePair.Create("FileBasedProgram", "true")]);

    // What Microsoft.NET.Sdk.Web adds to these.
    private const string WebUsings =
        """
        global using Microsoft.AspNetCore.Builder; global using Microsoft.AspNetCore.Hosting; global using Microsoft.AspNetCore.Http;
        global using Microsoft.AspNetCore.Routing; global using Microsoft.Extensions.Configuration;
        global using Microsoft.Extensions.DependencyInjection; global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging; global using System.Net.Http.Json;
        """;

    private static readonly Lazy<IReadOnlyList<MetadataReference>> Framework = new(() => FolderOf(typeof(object)));

    private static readonly Lazy<IReadOnlyList<MetadataReference>> WebFramework = new(() => FolderOf(typeof(WebApplication)));

    // This project has ASP.NET, whose assemblies some packages bring to a console project.
    private static readonly string[] PackageFolders = [AppContext.BaseDirectory, Path.GetDirectoryName(typeof(WebApplication).Assembly.Location)!];

    // What a reader has no reason to add.
    private static readonly string[] OfTests =
        ["xunit", "FluentAssertions", "CsCheck", "Bayes.Layers.Benchmarks", "Bayes.Layers.Samples", "Bayes.Layers.Soak", "Bayes.Layers.Tests"];

    /// <summary>The packages' assemblies by each namespace that they have public types in.</summary>
    private static readonly Lazy<ILookup<string, string>> Packages = new(() =>
        Directory.GetFiles(AppContext.BaseDirectory, "*.dll")
            .Where(path => !OfTests.Any(name => Path.GetFileName(path).StartsWith(name, StringComparison.Ordinal)))
            .SelectMany(path => NamespacesOf(path).Select(name => (name, path))).ToLookup(each => each.name, each => each.path));

    /// <summary>Gets whether a file of the program has statements outside types.</summary>
    public bool HasStatements => Files.Any(HasStatement);

    /// <summary>Compiles the program.</summary>
    /// <returns>The errors and warnings, one per line; empty if the program compiles cleanly.</returns>
    public string Complaints() => ComplaintsOf(Compilation(Files));

    /// <summary>Compiles and runs the program.</summary>
    /// <param name="names">Names of variables of the program, whose values <paramref name="observe"/> gets.</param>
    /// <param name="observe">Called at the program's end, before its variables are disposed.</param>
    /// <returns>The program's console output.</returns>
    public string Run(string[]? names = null, Action<Variables>? observe = null)
    {
        var compilation = Compilation([.. Files.Select(file => observe is not null && HasStatement(file) ? file + Call(names ?? []) : file)]);
        using var image = new MemoryStream();
        compilation.Emit(image).Success.Should().BeTrue(ComplaintsOf(compilation));
        var entry = Assembly.Load(image.ToArray()).EntryPoint!;
        var console = Console.Out;
        using var output = new StringWriter();
        AppContext.SetData(Observer,
            (Action<object?[]>)(values => observe!(new((names ?? []).Zip(values).ToDictionary(pair => pair.First, pair => pair.Second!)))));
        Console.SetOut(output);
        try
        {
            entry.Invoke(null, BindingFlags.DoNotWrapExceptions, binder: null,
                entry.GetParameters().Length == 0 ? null : [Array.Empty<string>()], culture: null);
        }
        finally
        {
            Console.SetOut(console);
            AppContext.SetData(Observer, null);
        }
        return output.ToString();
    }

    private static string Call(string[] names) =>
        $"((System.Action<object?[]>)System.AppContext.GetData(\"{Observer}\")!)(new object?[] {{ {string.Join(", ", names)} }});\n";

    public static bool HasStatement(string file) =>
        CSharpSyntaxTree.ParseText(file, ParseOptions).GetCompilationUnitRoot().Members.OfType<GlobalStatementSyntax>().Any();

    private CSharpCompilation Compilation(IReadOnlyList<string> files)
    {
        bool isWeb = files.Any(file => file.Contains("#:sdk Microsoft.NET.Sdk.Web\n", StringComparison.Ordinal));
        return CSharpCompilation.Create(
            "Reader",
            files.Append(isWeb ? ImplicitUsings + WebUsings : ImplicitUsings)
                .Select((text, i) => CSharpSyntaxTree.ParseText(text, ParseOptions, path: $"File{i}.cs")),
            [.. ReferencesOf(files), .. isWeb ? WebFramework.Value : []],
            HasStatements ? Options : Options.WithOutputKind(OutputKind.DynamicallyLinkedLibrary));
    }

    private static string ComplaintsOf(CSharpCompilation compilation) =>
        string.Join('\n', compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning));

    /// <summary>Returns the assemblies of the framework, of the library and of every package that code uses, with their dependencies.</summary>
    /// <param name="files">The code.</param>
    public static IEnumerable<MetadataReference> ReferencesOf(IEnumerable<string> files) => Framework.Value.Concat(PackagesOf(files));

    /// <summary>Returns the assemblies of the library and of every package that the program uses, with their dependencies.</summary>
    private static IEnumerable<MetadataReference> PackagesOf(IEnumerable<string> files)
    {
        var used = files.SelectMany(file => UsedNamespace().Matches(file)).Select(match => match.Groups["name"].Value).Distinct()
            .SelectMany(name => Packages.Value[name]).Select(Assembly.LoadFrom);
        var found = new Dictionary<string, Assembly>();
        foreach (var each in used.Prepend(typeof(BayesianModule).Assembly))
            Add(each);
        return found.Values.Select(each => MetadataReference.CreateFromFile(each.Location));

        void Add(Assembly each)
        {
            if (!found.TryAdd(each.FullName!, each))
                return;
            foreach (var name in each.GetReferencedAssemblies())
                if (PackageFolders.Any(folder => File.Exists(Path.Combine(folder, name.Name + ".dll"))))
                    Add(Assembly.Load(name));
        }
    }

    private static IReadOnlyList<MetadataReference> FolderOf(Type type) =>
        [.. Directory.GetFiles(Path.GetDirectoryName(type.Assembly.Location)!, "*.dll").Where(path => NamespacesOf(path).Count > 0)
            .Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>Returns the namespaces of an assembly's public types; empty for a native library.</summary>
    private static IReadOnlyCollection<string> NamespacesOf(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        if (!file.HasMetadata)
            return [];
        var reader = file.GetMetadataReader();
        // Facades have no types, and forward to those of others.
        var forwarded = reader.ExportedTypes.Select(reader.GetExportedType).Select(type => type.Namespace);
        return reader.TypeDefinitions.Select(reader.GetTypeDefinition).Where(type => type.Attributes.HasFlag(TypeAttributes.Public))
            .Select(type => type.Namespace).Concat(forwarded).Distinct().Select(reader.GetString).ToHashSet();
    }

    [GeneratedRegex(@"^(global )?using (static )?(?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex UsedNamespace();

    /// <summary>Variables of a program by name.</summary>
    internal sealed class Variables(IReadOnlyDictionary<string, object> values)
    {
        /// <summary>Returns the value of a variable.</summary>
        public T Get<T>(string name) => (T)values[name];
    }
}
