using System.Runtime.Versioning;
using Bayes.Layers.Samples.Support.Running;

namespace Bayes.Layers.Tests.Samples.Running;

public sealed class OutputFolderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bayes-layers-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_missing_folder_is_created_and_stays_empty()
    {
        string path = Path.Combine(_folder.FullName, "a", "b");
        OutputFolder.Prepare(path).Should().Be(path);
        Directory.GetFileSystemEntries(path).Should().BeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("below")]
    [InlineData("below/it")]
    public void A_file_at_the_folders_path_is_named(string below)
    {
        string file = Path.Combine(_folder.FullName, "file"), path = below.Length == 0 ? file : Path.Combine(file, below);
        File.WriteAllText(file, "");
        ErrorOf(path).Should().Be($"The output folder '{path}' cannot be written to: '{file}' is a file; expected a folder.");
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void A_place_where_no_folder_can_be_made_is_named()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is Linux's");
        ErrorOf("/proc/nope").Should().Be("The output folder '/proc/nope' cannot be written to: no folder can be made in '/proc'.");
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void A_read_only_folder_is_reported_without_the_probe_file()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "modes are Unix's");
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may write everywhere");
        string path = Directory.CreateDirectory(Path.Combine(_folder.FullName, "read-only"),
            UnixFileMode.UserRead | UnixFileMode.UserExecute).FullName;
        ErrorOf(path).Should().Be($"The output folder '{path}' cannot be written to: access is denied.");
    }

    [Fact]
    public void An_invalid_path_is_refused() => ErrorOf("a\0b").Should().StartWith("The output folder 'a\0b' cannot be written to: ");

    private static string ErrorOf(string path) => FluentActions.Invoking(() => OutputFolder.Prepare(path)).Should().Throw<IOException>()
        .Which.Message;
}
