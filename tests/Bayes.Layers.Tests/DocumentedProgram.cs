using System.Reflection;
using Bayes.Layers.Logging;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Bayes.Layers.Tests;

/// <summary>A C# program from a document, compiled as the console project of a reader who has only the packages that the document names.</summary>
/// <param name="Files">The text of each file of the project.</param>
internal sealed record DocumentedProgram(IReadOnlyList<string> Files)
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

    private static readonly Lazy<IReadOnlyList<MetadataReference>> Framework = new(() =>
        [.. Directory.GetFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "*.dll").Where(IsManaged)
            .Select(path => MetadataReference.CreateFromFile(path))]);

    private static readonly Lazy<IReadOnlyList<MetadataReference>> Library = new(() => WithDependencies(typeof(BayesianModule).Assembly));

    private static readonly Lazy<IReadOnlyList<MetadataReference>> Logging = new(() => WithDependencies(typeof(LoggerProgress).Assembly));

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
        bool logs = files.Any(file => file.Contains($"using {typeof(LoggerProgress).Namespace};", StringComparison.Ordinal));
        return CSharpCompilation.Create(
            "Reader",
            files.Append(ImplicitUsings).Select((text, i) => CSharpSyntaxTree.ParseText(text, ParseOptions, path: $"File{i}.cs")),
            [.. Framework.Value, .. logs ? Logging.Value : Library.Value],
            HasStatements ? Options : Options.WithOutputKind(OutputKind.DynamicallyLinkedLibrary));
    }

    private static string ComplaintsOf(CSharpCompilation compilation) =>
        string.Join('\n', compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning));

    /// <summary>Returns an assembly and its references, as a package brings its dependencies.</summary>
    private static List<MetadataReference> WithDependencies(Assembly assembly)
    {
        var found = new Dictionary<string, Assembly>();
        Add(assembly);
        return [.. found.Values.Select(each => MetadataReference.CreateFromFile(each.Location))];

        void Add(Assembly each)
        {
            if (!each.Location.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal) || !found.TryAdd(each.FullName!, each))
                return;
            foreach (var name in each.GetReferencedAssemblies())
                if (File.Exists(Path.Combine(AppContext.BaseDirectory, name.Name + ".dll")))
                    Add(Assembly.Load(name));
        }
    }

    private static bool IsManaged(string path)
    {
        using var reader = new System.Reflection.PortableExecutable.PEReader(File.OpenRead(path));
        return reader.HasMetadata;
    }

    /// <summary>Variables of a program by name.</summary>
    internal sealed class Variables(IReadOnlyDictionary<string, object> values)
    {
        /// <summary>Returns the value of a variable.</summary>
        public T Get<T>(string name) => (T)values[name];
    }
}
