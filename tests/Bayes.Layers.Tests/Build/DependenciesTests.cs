using System.Diagnostics;
using Bayes.Layers.Samples.Support.Running;
using Bayes.Layers.Tests.Samples.Report;

namespace Bayes.Layers.Tests.Build;

/// <summary>The output of the dependency check, with stubs for the SDK and the network.</summary>
[Collection(OtherProcesses.Name)]
public sealed class DependenciesTests : IDisposable
{
    private const string Index = """{"resources":[{"@type":"VulnerabilityInfo/6.7.0"}]}""";
    private const string Fine = """{"version":1,"projects":[{"path":"a.csproj"}]}""";
    private const string Vulnerable =
        """{"version":1,"projects":[{"path":"a.csproj","frameworks":[{"topLevelPackages":[{"id":"A","vulnerabilities":[{"severity":"High"}]}]}]}]}""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bayes-layers-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(0, "No dependency has a known vulnerability.", Index, Fine)]
    [InlineData(1, "A dependency has a known vulnerability; expected none.", Index, Vulnerable)]
    [InlineData(0, "The package source tells of no vulnerabilities, so the dependencies were not checked for any.", "{}", Vulnerable)]
    [InlineData(7, "other versions than locked", Index, Fine, 7)]
    public void It_reports_what_it_found(int expected, string message, string index, string list, int restored = 0)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the check is a script for Linux");
        Write("dotnet", $$"""
            case "$*" in
              "restore --locked-mode") [ {{restored}} = 0 ] || { echo "other versions than locked"; exit {{restored}}; } ;;
              "nuget list source --format Short") echo "D http://disabled"; echo "E https://source" ;;
              "list package --vulnerable --include-transitive --format json") echo '{{list}}' ;;
              *) echo "not expected: $*"; exit 99 ;;
            esac
            """);
        Write("curl", $"""case "$*" in *"https://source") echo '{index}' ;; *) exit 6 ;; esac""");
        var start = new ProcessStartInfo("bash",
            [Path.Combine(RepositoryFolder.Path, "eng", "check-dependencies.sh")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = _folder.FullName + Path.PathSeparator + start.Environment["PATH"];
        var (exitCode, output, error) = ThisProgram.Run(start)!.Value;
        (output + error).Should().Contain(message);
        exitCode.Should().Be(expected);
    }

    /// <summary>Without a lock file, another restore could silently bring other versions.</summary>
    [Fact]
    public void Every_project_has_its_versions_locked()
    {
        string[] projects = Directory.GetFiles(RepositoryFolder.Path, "*.csproj", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}artifacts{Path.DirectorySeparatorChar}")).ToArray();
        projects.Should().HaveCountGreaterThan(4)
            .And.OnlyContain(path => Directory.GetFiles(Path.GetDirectoryName(path)!, "packages.*lock.json").Length == 1);
    }

    private void Write(string name, string script)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, "#!/usr/bin/env bash\n" + script + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
