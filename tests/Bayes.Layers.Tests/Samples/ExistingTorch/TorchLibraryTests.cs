using Bayes.Layers.Samples.Support.ExistingTorch;

namespace Bayes.Layers.Tests.Samples.ExistingTorch;

public sealed class TorchLibraryTests : IDisposable
{
    private const string Expected = "expected the folder torch/lib of a PyTorch installation.";

    private readonly DirectoryInfo _torch = Directory.CreateTempSubdirectory("bayes-layers-");

    private string Folder => _torch.CreateSubdirectory("lib").FullName;

    public void Dispose() => _torch.Delete(recursive: true);

    [Fact]
    public void A_missing_folder_is_reported_with_the_option_that_named_it() =>
        FluentActions.Invoking(() => new TorchLibrary("/no/such/folder", "TORCH_LIB").RequireParts()).Should().Throw<TorchLibraryException>()
            .WithMessage($"TORCH_LIB is '/no/such/folder', which is no folder; {Expected}");

    [Fact]
    public void A_folder_without_libtorch_is_reported_with_the_missing_files()
    {
        FluentActions.Invoking(() => new TorchLibrary(Folder, "--torch-lib").RequireParts()).Should().Throw<TorchLibraryException>()
            .WithMessage($"--torch-lib is '{Folder}', which has no *c10* and no *torch_cpu* and no *torch*; {Expected}");
        FluentActions.Invoking(() => new TorchLibrary(Folder, "--torch-lib").Load()).Should().Throw<TorchLibraryException>();
    }

    [Fact]
    public void A_file_that_is_not_a_library_is_reported_with_the_found_and_expected_versions()
    {
        Write("c10", "torch_cpu", "torch");
        File.WriteAllText(Path.Combine(_torch.FullName, "version.py"), "from typing import Optional\n__version__ = '9.8.7+cu999'\n");
        FluentActions.Invoking(() => new TorchLibrary(Folder, "--torch-lib").Load()).Should().Throw<TorchLibraryException>()
            .WithMessage(
                $"The libtorch 9.8.7+cu999 in '{Folder}', named by --torch-lib, cannot be used: *c10* does not load: *. "
                + $"TorchSharp is built for libtorch {TorchLibrary.ExpectedVersion}.")
            .Which.Message.Should().NotContain("\n");
        TorchLibrary.InUse.Should().BeNull("it is not used");
    }

    [Fact]
    public void The_version_is_read_from_the_files_next_to_the_folder()
    {
        var library = new TorchLibrary(Folder, "--torch-lib");
        library.Version.Should().BeNull();
        File.WriteAllText(Path.Combine(_torch.FullName, "build-version"), "1.2.3+cpu\n");
        library.Version.Should().Be("1.2.3+cpu");
        File.WriteAllText(Path.Combine(_torch.FullName, "version.py"), "__version__ = \"4.5.6\"\n");
        library.Version.Should().Be("4.5.6");
        new TorchLibrary(Folder + Path.DirectorySeparatorChar, "--torch-lib").Version.Should().Be("4.5.6");
        new TorchLibrary(Path.GetPathRoot(Folder)!, "--torch-lib").Version.Should().BeNull();
    }

    [Fact]
    public void It_supports_CUDA_if_that_part_exists()
    {
        Write("c10", "torch_cpu", "torch");
        new TorchLibrary(Folder, "--torch-lib").HasCuda.Should().BeFalse();
        Write("torch_cuda");
        new TorchLibrary(Folder, "--torch-lib").HasCuda.Should().BeTrue();
    }

    [Fact]
    public void The_libtorch_of_the_package_passes_the_probe_and_has_the_expected_version()
    {
        TorchProbe.IsThere().Should().BeTrue();
        TorchProbe.Problem().Should().BeNull();
        TorchLibrary.ExpectedVersion.Should().MatchRegex(@"^\d+\.\d+\.\d+$");
        TorchTrial.Begin(null).Should().BeNull("what the packages bring is used as it is");
    }

    private void Write(params string[] names)
    {
        foreach (string name in names)
        {
            string file = OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";
            File.WriteAllText(Path.Combine(Folder, file), "no library");
        }
    }
}
