using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Bayes.Layers.Reports.Figures;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using ScottPlot;

namespace Bayes.Layers.Tests.Notebooks;

/// <summary>
/// The cells of a notebook as one script, with the rules of the kernel's scripts: the kernel compiles them one by one, which takes longer and
/// allows a name to be declared again.
/// </summary>
internal sealed partial class NotebookProgram
{
    // What the C# kernel of .NET Interactive imports.
    private static readonly string[] Imports =
        ["System", "System.Text", "System.Collections", "System.Collections.Generic", "System.Threading.Tasks", "System.Linq"];

    // Other versions of an assembly, as in any project.
    private static readonly string[] Ignored = ["CS1701", "CS1702"];

    private static readonly CSharpParseOptions ParseOptions = CSharpParseOptions.Default.WithKind(SourceCodeKind.Script);

    private readonly CSharpCompilation _compilation;

    public NotebookProgram(Notebook notebook)
    {
        var usings = new StringBuilder();
        var code = new StringBuilder();
        foreach (var (index, cell) in notebook.Code.Index())
        {
            usings.Append(string.Concat(Using().Matches(cell).Select(match => match.Value)));
            string statements = Using().Replace(Reference().Replace(cell, ""), "");
            code.Append(CultureInfo.InvariantCulture, $"#line 1 \"cell {index + 1}\"\n{statements}\nEndCell();\n");
        }
        _compilation = CSharpCompilation.CreateScriptCompilation(
            "Notebook", CSharpSyntaxTree.ParseText($"{usings}{code}", ParseOptions),
            [.. DocumentedProgram.ReferencesOf([$"{usings}"]), MetadataReference.CreateFromFile(typeof(NotebookKernel).Assembly.Location)],
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                usings: [.. Imports, typeof(NotebookKernel).FullName!])
            .WithSpecificDiagnosticOptions([.. Ignored.Select(code => KeyValuePair.Create(code, ReportDiagnostic.Suppress))]));
    }

    /// <summary>Returns the packages that the cells of a notebook name, with their versions.</summary>
    public static IEnumerable<(string Name, string Version)> PackagesOf(Notebook notebook) =>
        notebook.Code.SelectMany(cell => Reference().Matches(cell)).Select(match => (match.Groups[1].Value, match.Groups[2].Value));

    /// <summary>Returns the errors and warnings of the compiler, one per line.</summary>
    public string Complaints() =>
        string.Join('\n', _compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning));

    /// <summary>Runs the cells in order, in the folder of the notebooks.</summary>
    public IReadOnlyList<CellOutput> Run()
    {
        using var image = new MemoryStream();
        _compilation.Emit(image).Success.Should().BeTrue(Complaints());
        var entry = _compilation.GetEntryPoint(default)!;
        var factory = Assembly.Load(image.ToArray()).GetType(entry.ContainingType.MetadataName)!
            .GetMethod("<Factory>", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!;
        EmbeddedFont.Register();
        string font = Fonts.Default;
        Fonts.Default = EmbeddedFont.Name;
        string folder = Environment.CurrentDirectory;
        var culture = CultureInfo.CurrentCulture;
        Environment.CurrentDirectory = Notebook.Folder;
        try
        {
            return NotebookKernel.Collect(() => ((Task<object>)factory.Invoke(
                null, BindingFlags.DoNotWrapExceptions, null, [new object?[2]], null)!).GetAwaiter().GetResult());
        }
        finally
        {
            Fonts.Default = font;
            Environment.CurrentDirectory = folder;
            CultureInfo.CurrentCulture = culture;
        }
    }

    [GeneratedRegex(@"^using (static )?[\w.]+;\n?", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex("^#r \"nuget: ([^,]+), ([^\"]+)\"\n?", RegexOptions.Multiline)]
    private static partial Regex Reference();
}
