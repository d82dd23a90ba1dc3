using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using System.Xml.Linq;

namespace Bayes.Layers.Tests.Package;

/// <summary>The package, packed once for all tests into a local feed, and programs that use it as any user does.</summary>
public sealed class PackedLibrary : IDisposable
{
    // Restoring from a feed may take long on a busy machine.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bayes-layers-package-");

    public PackedLibrary()
    {
        if (!File.Exists(Project("Bayes.Layers")))
            return;
        foreach (string name in new[] { "Bayes.Layers", "Bayes.Layers.Data", "Bayes.Layers.Logging", "Bayes.Layers.ML" })
        {
            var (exitCode, output) =
                Dotnet(_folder.FullName, "pack", Project(name), "-c", Metadata("Configuration"), "--no-build", "-o", _folder.FullName);
            exitCode.Should().Be(0, output);
        }
        File.WriteAllText(Path.Combine(_folder.FullName, "nuget.config"),
            $"""<configuration><packageSources><add key="packed" value="{_folder.FullName}" /></packageSources></configuration>""");
        // Packages restored for the tests are not fetched again, and packages restored here are deleted.
        File.WriteAllText(
            Path.Combine(_folder.FullName, "Directory.Build.props"),
            $"<Project><PropertyGroup><RestorePackagesPath>{Path.Combine(_folder.FullName, "packages")}</RestorePackagesPath>"
            + $"<RestoreFallbackFolders>{Metadata("NuGetPackageRoot")}</RestoreFallbackFolders></PropertyGroup></Project>");
    }

    /// <summary>The version of the package.</summary>
    public static string Version => Metadata("PackageVersion");

    /// <summary>The libtorch package for this machine.</summary>
    public static string LibTorch { get; } =
        OperatingSystem.IsWindows() ? "libtorch-cpu-win-x64" : OperatingSystem.IsMacOS() ? "libtorch-cpu-osx-arm64" : "libtorch-cpu-linux-x64";

    public static string LibTorchVersion => Metadata("LibTorchVersion");

    private static string Project(string name) => Path.GetFullPath(Path.Combine(Metadata("RepositoryRoot"), "src", name, name + ".csproj"));

    /// <summary>Skips the test if it runs from a published folder, which has no sources to pack.</summary>
    public void SkipWithoutSources() => Assert.SkipUnless(File.Exists(Project("Bayes.Layers")), "there are no sources to pack");

    /// <summary>Returns the entries of a package (nupkg) or its symbols (snupkg).</summary>
    public ZipArchive Open(string extension, string name = "Bayes.Layers") =>
        ZipFile.OpenRead(Path.Combine(_folder.FullName, $"{name}.{Version}.{extension}"));

    /// <summary>Returns the dependencies of a package.</summary>
    public IReadOnlyList<(string Id, string Version)> Dependencies(string name)
    {
        using var package = Open("nupkg", name);
        using var stream = package.GetEntry($"{name}.nuspec")!.Open();
        return [.. XDocument.Load(stream).Descendants().Where(each => each.Name.LocalName == "dependency")
            .Select(each => (each.Attribute("id")!.Value, each.Attribute("version")!.Value))];
    }

    /// <summary>Makes a folder for a program.</summary>
    public string NewFolder() => _folder.CreateSubdirectory(Guid.NewGuid().ToString("N")).FullName;

    /// <summary>Makes a console project with the package and others.</summary>
    public string NewProject(string program, params (string Id, string Version)[] others)
    {
        string folder = NewFolder();
        (string Id, string Version)[] packages = [("Bayes.Layers", Version), .. others];
        string references = string.Concat(packages.Select(package => $"""<PackageReference Include="{package.Id}" Version="{package.Version}" />"""));
        File.WriteAllText(
            Path.Combine(folder, "stranger.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>{references}</ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(folder, "Program.cs"), program);
        return folder;
    }

    /// <summary>Runs the SDK.</summary>
    /// <returns>Its exit code, and the output of it and its child processes to both streams.</returns>
    public static (int ExitCode, string Output) Dotnet(string folder, params string[] arguments) =>
        Run(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", folder, arguments);

    /// <summary>Runs a program in a folder.</summary>
    /// <returns>Its exit code, and the output of it and its child processes to both streams.</returns>
    public static (int ExitCode, string Output) Run(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        // Variables that the test runner, or a build that started it, sets for itself.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
            || name is "DOTNET_CLI_CONTEXT" or "TORCH_LIB").ToArray())
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} took more than {Patience.TotalMinutes} minutes.");
        }
        return (process.ExitCode, output.Result + error.Result);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Metadata(string key) =>
        typeof(PackedLibrary).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(each => each.Key == key).Value!;
}
