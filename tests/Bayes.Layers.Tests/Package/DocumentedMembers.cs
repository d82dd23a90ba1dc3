using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Bayes.Layers.Tests.Package;

/// <summary>The members of an assembly, by the names that documentation files have for them.</summary>
internal sealed class DocumentedMembers
{
    private readonly CSharpCompilation _compilation;
    private readonly IAssemblySymbol _assembly;

    public DocumentedMembers(Assembly assembly)
    {
        // Everything that the tests run with is in reach, as are the assembly's internal members.
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => path != assembly.Location).Prepend(assembly.Location).Select(path => MetadataReference.CreateFromFile(path)).ToArray();
        _compilation = CSharpCompilation.Create("Reader", references: references,
            options: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, metadataImportOptions: MetadataImportOptions.All));
        _assembly = (IAssemblySymbol)_compilation.GetAssemblyOrModuleSymbol(references[0])!;
    }

    /// <summary>Gets the names of everything that a user of the assembly can name: what is public, or protected in a class to derive from.</summary>
    public IEnumerable<string> Visible => All(_assembly.GlobalNamespace).Where(IsVisible).Select(symbol => symbol.GetDocumentationCommentId()!);

    /// <summary>Returns whether the assembly itself has a member of the name.</summary>
    public bool Contains(string name) =>
        DocumentationCommentId.GetFirstSymbolForDeclarationId(name, _compilation) is { } symbol
        && SymbolEqualityComparer.Default.Equals(symbol.ContainingAssembly, _assembly);

    private static IEnumerable<ISymbol> All(INamespaceOrTypeSymbol parent) =>
        parent.GetMembers().SelectMany(each => each is INamespaceOrTypeSymbol inner ? All(inner).Append(each) : [each])
            .Where(each => each is not INamespaceSymbol);

    // The code that Orleans generates is public, and nothing that a user names.
    private static bool IsVisible(ISymbol symbol) =>
        symbol.ContainingNamespace?.ToDisplayString().StartsWith("OrleansCodeGen", StringComparison.Ordinal) != true
        && symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal
        && (symbol.ContainingType is not { } type || IsVisible(type));
}
