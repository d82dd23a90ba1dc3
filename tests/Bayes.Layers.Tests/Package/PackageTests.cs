using System.Reflection;
using System.Reflection.Metadata;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Bayes.Layers.Tests.Package;

/// <summary>The package, and programs that are built with it and nothing else of this repository.</summary>
[Collection(OtherProcesses.Name)]
public sealed partial class PackageTests : IClassFixture<PackedLibrary>
{
    private static readonly Guid EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    private readonly PackedLibrary _packed;

    public static TheoryData<string> Names => [.. PackedLibrary.Names];

    public PackageTests(PackedLibrary packed)
    {
        packed.SkipWithoutSources();
        _packed = packed;
    }

    [Fact]
    public void The_package_has_library_documentation_readme_icon_licence_and_build_files()
    {
        using var package = _packed.Open("nupkg");
        package.Entries.Select(entry => entry.FullName).Should().Contain(
            ["lib/net10.0/Bayes.Layers.dll", "lib/net10.0/Bayes.Layers.xml", "README.md", "icon.png", "LICENSE", "CHANGELOG.md",
            "buildTransitive/Bayes.Layers.props", "buildTransitive/Bayes.Layers.targets"]);
        using var readme = new StreamReader(package.GetEntry("README.md")!.Open());
        // The package page shows no files beside the readme.
        readme.ReadToEnd().Should().Contain(PackedLibrary.LibTorchVersion).And.NotMatchRegex(@"\]\((?!https://)");
    }

    [Fact]
    public void The_package_depends_only_on_TorchSharp_and_on_no_libtorch()
    {
        _packed.Dependencies("Bayes.Layers").Should().ContainSingle().Which.Should().Match<(string Id, string Version)>(
            each => each.Id == "TorchSharp" && Regex.IsMatch(each.Version, @"^\[0\.\d+\.\d+, 0\.\d+\.0\)$"),
            "a minor version of TorchSharp is another libtorch");
        _packed.Dependencies("Bayes.Layers.Logging").Select(each => each.Id)
            .Should().BeEquivalentTo("Bayes.Layers", "Microsoft.Extensions.Logging.Abstractions");
        _packed.Dependencies("Bayes.Layers.Data").Select(each => each.Id)
            .Should().BeEquivalentTo("Bayes.Layers", "Apache.Arrow", "Microsoft.Data.Analysis", "Microsoft.ML.DataView", "Parquet.Net");
        _packed.Dependencies("Bayes.Layers.ML").Select(each => each.Id).Should().BeEquivalentTo("Bayes.Layers", "Bayes.Layers.Data", "Microsoft.ML");
        _packed.Dependencies("Bayes.Layers.Onnx").Select(each => each.Id).Should().BeEquivalentTo("Bayes.Layers", "Google.Protobuf");
        _packed.Dependencies("Bayes.Layers.Reports").Select(each => each.Id).Should().BeEquivalentTo("Bayes.Layers", "ScottPlot");
        _packed.Dependencies("Bayes.Layers.Scoring").Select(each => each.Id)
            .Should().BeEquivalentTo("Bayes.Layers", "Bayes.Layers.Data", "Bayes.Layers.Tabular", "Parquet.Net");
        _packed.Dependencies("Bayes.Layers.Orleans").Select(each => each.Id)
            .Should().BeEquivalentTo("Bayes.Layers", "Bayes.Layers.Scoring", "Microsoft.Orleans.Server");
    }

    /// <summary>Internal members would fill the documentation that a reader's editor searches.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void The_package_documents_what_is_public_alone(string name)
    {
        using var package = _packed.Open("nupkg", name);
        using var stream = package.GetEntry($"lib/net10.0/{name}.xml")!.Open();
        var document = XDocument.Load(stream);
        string[] documented = [.. document.Descendants("member").Select(each => each.Attribute("name")!.Value)];
        var members = new DocumentedMembers(Assembly.Load(name));
        string[] visible = [.. members.Visible];
        documented.Should().OnlyHaveUniqueItems().And.BeSubsetOf(visible);
        documented.Should().Contain(visible.Where(each => each.StartsWith("T:", StringComparison.Ordinal)));
        document.Descendants().Attributes("cref").Select(each => each.Value).Where(members.Contains)
            .Should().BeSubsetOf(visible, "a reader cannot look up other members");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_package_has_its_metadata(string name)
    {
        using var package = _packed.Open("nupkg", name);
        using var stream = package.GetEntry($"{name}.nuspec")!.Open();
        var nuspec = XDocument.Load(stream);
        nuspec.Descendants().Single(each => each.Name.LocalName == "license").Value.Should().Be("MIT");
        nuspec.Descendants().Select(each => each.Name.LocalName).Should().Contain(["readme", "icon", "description", "tags", "authors", "title"]);
    }

    [Fact]
    public void The_symbols_contain_every_source_and_no_path_of_a_machine()
    {
        using var package = _packed.Open("snupkg");
        using var copy = new MemoryStream();
        using (var stream = package.GetEntry("lib/net10.0/Bayes.Layers.pdb")!.Open())
            stream.CopyTo(copy);
        copy.Position = 0;
        using var provider = MetadataReaderProvider.FromPortablePdbStream(copy);
        var reader = provider.GetMetadataReader();
        var withSource = reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation)
            .Where(each => reader.GetGuid(each.Kind) == EmbeddedSource).Select(each => (DocumentHandle)each.Parent).ToHashSet();
        reader.Documents.Count.Should().BeGreaterThan(100);
        foreach (var handle in reader.Documents)
        {
            string name = reader.GetString(reader.GetDocument(handle).Name);
            name.Should().StartWith("/_/");
            withSource.Should().Contain(handle, name);
        }
    }

    [Fact]
    public void A_project_trains_saves_loads_and_predicts()
    {
        string folder = _packed.NewProject(Stranger, (PackedLibrary.LibTorch, PackedLibrary.LibTorchVersion));
        var (exitCode, output) = PackedLibrary.Dotnet(folder, "run");
        exitCode.Should().Be(0, output);
        output.Should().Contain("the same prediction: True").And.Contain("sure: True").And.NotContain("warning");
        if (OperatingSystem.IsLinux())
            MendedLibraries(folder).Should().NotBeEmpty("older systems are served");
    }

    /// <summary>A reader sees only public members; the guides' tests also see internal ones.</summary>
    [Fact]
    public void Programs_and_parts_of_the_guides_build_and_run_with_the_package()
    {
        string program = DocumentedExamples.ProgramsOf("docs/getting-started.md")[0].Files.Single();
        string folder = _packed.NewProject(program, (PackedLibrary.LibTorch, PackedLibrary.LibTorchVersion));
        // The programs of the other guides have their own entry points and the same usings.
        string[] files =
            [.. new[] { "parts", "module" }.SelectMany(guide => DocumentedExamples.ProgramsOf($"docs/writing-your-own-{guide}.md").Single().Files)];
        string[] parts = [.. files.Where(file => file.StartsWith("public sealed class ", StringComparison.Ordinal))];
        parts.Should().HaveCountGreaterThan(7);
        var usings = files.Where(file => file.StartsWith("global using ", StringComparison.Ordinal)).SelectMany(file => file.Split('\n')).Distinct();
        File.WriteAllText(Path.Combine(folder, "Parts.cs"), $"{string.Join('\n', usings)}\n#nullable enable\n{string.Concat(parts)}");
        var (exitCode, output) = PackedLibrary.Dotnet(folder, "run", "-c", "Release");
        exitCode.Should().Be(0, output);
        output.Should().NotContain("warning");
        output.Split('\n').Where(line => line.StartsWith("P(fails) = ", StringComparison.Ordinal)).Should().HaveCount(3);
        File.Exists(Path.Combine(folder, "machines.safetensors")).Should().BeTrue();
    }

    [Fact]
    public void The_repair_for_older_systems_can_be_turned_off()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "nothing is repaired elsewhere");
        string folder = _packed.NewProject("return;", (PackedLibrary.LibTorch, PackedLibrary.LibTorchVersion));
        var (exitCode, output) = PackedLibrary.Dotnet(folder, "build", "-p:MendTorchSharpForOlderLinux=false");
        exitCode.Should().Be(0, output);
        MendedLibraries(folder).Should().BeEmpty();
    }

    [Fact]
    public void Without_libtorch_building_and_running_say_so_in_one_sentence()
    {
        string folder = _packed.NewProject(
            """
            using Bayes.Layers;
            if (args.Length == 0)
                TorchSharp.torch.random.manual_seed(1);
            try
            {
                new BayesianLinear(2, 1);
            }
            catch (DllNotFoundException exception)
            {
                Console.WriteLine("said: " + exception);
            }
            """);
        string need = $"add the package {PackedLibrary.LibTorch} {PackedLibrary.LibTorchVersion}";
        string sentence = $"This program has no libtorch, which TorchSharp needs: {need}";
        PackedLibrary.Dotnet(folder, "build").Output.Should().Contain($"warning BL0004: {sentence}");
        var (exitCode, output) = PackedLibrary.Dotnet(folder, "run", "--no-build");
        exitCode.Should().Be(1);
        output.Trim().Should().StartWith(sentence).And.EndWith("set the property RequireTorchBackend to false.").And.NotContain("\n");

        // A program may also load one from elsewhere, after it has started.
        PackedLibrary.Dotnet(folder, "build", "--no-incremental", "-p:RequireTorchBackend=false").Output.Should().Contain("0 Warning(s)");
        var (laterCode, later) = PackedLibrary.Dotnet(folder, "run", "--no-build", "later");
        laterCode.Should().Be(0, later);
        later.Split('\n').Where(line => line.StartsWith("said: ", StringComparison.Ordinal)).Should().ContainSingle().Which.Should().Contain(need);
        later.Should().NotContain("LoadNativeBackend", "TorchSharp's attempts do not belong on the console");
    }

    /// <summary>One publish tests both, because it is slow: trimming removes what only reflection finds, and assemblies in a single file have no
    /// paths.</summary>
    [Fact]
    public void A_trimmed_single_file_trains_saves_loads_the_model_and_converts()
    {
        string folder = _packed.NewProject(Trimmed, (PackedLibrary.LibTorch, PackedLibrary.LibTorchVersion));
        var (exitCode, output) = PackedLibrary.Dotnet(
            folder, "publish", "-c", "Release", "--use-current-runtime", "-p:PublishTrimmed=true", "-p:PublishSingleFile=true",
                "-p:CreateHardLinksForPublishFilesIfPossible=true",
            "-p:CreateHardLinksForCopyLocalIfPossible=true", "-o", "out");
        Assert.SkipWhen(NoRuntime().IsMatch(output), "the package source has no runtime to publish with");
        exitCode.Should().Be(0, output);
        output.Should().NotContain("Assembly 'Bayes.Layers' produced trim warnings");
        var (runCode, said) = PackedLibrary.Run(Path.Combine(folder, "out", OperatingSystem.IsWindows() ? "stranger.exe" : "stranger"), folder);
        runCode.Should().Be(0, said);
        said.Should().Contain("parameters: 8").And.Contain("sure: True").And.Contain("the same prediction: True").And.Contain("converted: 8");
    }

    [GeneratedRegex("error NU110[12]: .*(Microsoft.NETCore.App.Runtime|Microsoft.NET.ILLink)")]
    private static partial Regex NoRuntime();

    [Fact]
    public void Ahead_of_time_compilation_is_warned_of_in_build_and_refused_in_publish()
    {
        string folder = _packed.NewProject("return;", (PackedLibrary.LibTorch, PackedLibrary.LibTorchVersion));
        // A program of its own has the runtime that a build for PublishAot asks for; the compiler to native code, which is large, is not needed to
        // refuse.
        var (restoreCode, restored) = PackedLibrary.Dotnet(folder, "restore", "--use-current-runtime", "-p:SelfContained=true");
        Assert.SkipWhen(NoRuntime().IsMatch(restored), "the package source has no runtime to publish with");
        restoreCode.Should().Be(0, restored);
        var (buildCode, built) = PackedLibrary.Dotnet(folder, "build", "--no-restore", "--use-current-runtime", "-p:PublishAot=true");
        buildCode.Should().Be(0, built);
        built.Should().Contain(
            "warning BL0006: TorchSharp registers the parameters of a module through reflection, and finds none in a program that is compiled ahead "
            + "of time (PublishAot)");
        var (publishCode, published) = PackedLibrary.Dotnet(folder, "publish", "--no-restore", "--use-current-runtime", "-p:PublishAot=true");
        publishCode.Should().NotBe(0);
        published.Should().Contain("error BL0006");
        PackedLibrary.Dotnet(folder, "build", "--no-restore", "--no-incremental", "--use-current-runtime", "-p:PublishAot=true",
            "-p:RefuseAot=false").Output
            .Should().NotContain("BL0006");
    }

    [Fact]
    public void The_single_file_of_the_README_runs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "it names the libtorch for Linux");
        string folder = _packed.NewFolder(), source = DocumentedExamples.ProgramsOf("README.md").Single().Files.Single();
        source.Should().Contain($"#:package Bayes.Layers@{PackedLibrary.Version}")
            .And.Contain($"#:package {PackedLibrary.LibTorch}@{PackedLibrary.LibTorchVersion}");
        File.WriteAllText(Path.Combine(folder, "start.cs"), source);
        var (exitCode, output) = PackedLibrary.Dotnet(folder, "run", "start.cs");
        exitCode.Should().Be(0, output);
        output.Split('\n').Where(line => line.Contains(" kWh, with 95 % probability ", StringComparison.Ordinal)).Should().HaveCount(2);
    }

    private const string Stranger =
        """
        using Bayes.Layers;
        using Bayes.Layers.Training;
        using static TorchSharp.torch;

        random.manual_seed(1);
        var inputs = randn(200, 2);
        var targets = inputs.sum(1, keepdim: true).gt(0).to(float32);
        var loss = ElboLoss.Bernoulli(datasetSize: 200);
        var model = Create();
        new VariationalTrainer(model, loss, new VariationalTrainerOptions { Epochs = 30, BatchSize = 20, LearningRate = 0.02 }).Fit(inputs, targets);
        model.save("model.dat");
        var loaded = Create();
        loaded.load("model.dat");
        var points = tensor(new float[,] { { 2, 2 }, { -2, -2 } });
        using var first = new MonteCarloPredictive(model, loss.Likelihood, samples: 50, seed: 1).forward(points);
        using var second = new MonteCarloPredictive(loaded, loss.Likelihood, samples: 50, seed: 1).forward(points);
        Console.WriteLine($"the same prediction: {first.Mean.eq(second.Mean).all().item<bool>()}");
        Console.WriteLine($"sure: {first.Mean[0, 0].item<float>() > 0.8 && first.Mean[1, 0].item<float>() < 0.2}");

        static BayesianSequential Create() => new(new BayesianLinear(2, 8), nn.Tanh(), new BayesianLinear(8, 1));
        """;

    private const string Trimmed =
        """
        using Bayes.Layers;
        using Bayes.Layers.Checkpoints;
        using Bayes.Layers.Conversion;
        using Bayes.Layers.Estimators;
        using Bayes.Layers.Training;
        using static TorchSharp.torch;

        random.manual_seed(1);
        var inputs = randn(200, 2);
        var targets = inputs.sum(1, keepdim: true).gt(0).to(float32);
        var loss = ElboLoss.Bernoulli(datasetSize: 200);
        var model = new Own();
        Console.WriteLine($"parameters: {model.parameters().Count()}");
        new VariationalTrainer(model, loss, new VariationalTrainerOptions { Epochs = 30, BatchSize = 20, LearningRate = 0.02 }).Fit(inputs, targets);
        Checkpoint.Save(model, "model.safetensors", loss);
        var loaded = Checkpoint.LoadModel("model.safetensors", make: module => module.Type == nameof(Own) ? new Own() : null);
        var points = tensor(new float[,] { { 2, 2 }, { -2, -2 } });
        using var first = new MonteCarloPredictive(model, loss.Likelihood, samples: 50, seed: 1).forward(points);
        using var second = new MonteCarloPredictive(loaded.Model, loaded.Likelihood, samples: 50, seed: 1).forward(points);
        Console.WriteLine($"the same prediction: {first.Mean.eq(second.Mean).all().item<bool>()}");
        Console.WriteLine($"sure: {first.Mean[0, 0].item<float>() > 0.8 && first.Mean[1, 0].item<float>() < 0.2}");
        Checkpoint.Save(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)).ToBayesian(), "converted.safetensors");
        Console.WriteLine($"converted: {Checkpoint.LoadModel("converted.safetensors").Model.parameters().Count()}");

        sealed class Own : BayesianModule
        {
            private readonly BayesianLinear first = new(2, 8);
            private readonly BayesianLinear last = new(8, 1);

            public Own() : base(nameof(Own)) => RegisterComponents();

            public override Tensor Propagate(Tensor input, Pass pass) => last.Propagate(first.Propagate(input, pass).tanh(), pass);
        }
        """;

    private static string[] MendedLibraries(string folder) =>
        Directory.GetFiles(Path.Combine(folder, "obj"), "libLibTorchSharp.so", SearchOption.AllDirectories);
}
