using System.Diagnostics;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Priors;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Reliability;

/// <summary>
/// Saves and loads that fail at a byte that a seed chooses: file and model are in the state before or after, and nothing else is left.
/// </summary>
public sealed class FaultyFilesTests : TorchTest, IDisposable
{
    private const int Schedules = 300;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bayes-layers-");
    private static readonly string[] Ways =
        ["a disk that is full", "a tensor that cannot be saved", "a disk that cannot be read", "a file that ends early", "a flipped bit"];

    [Fact]
    public void File_and_model_are_in_the_state_before_or_after()
    {
        var ended = new Dictionary<string, int>();
        string path = Path.Combine(_folder.FullName, "model");
        for (int seed = 0; seed < Schedules; seed++)
        {
            using var scope = NewDisposeScope();
            var random = new Random(seed);
            string way = Ways[random.Next(Ways.Length)], name = $"schedule {seed}: {way}";
            torch.random.manual_seed(seed);
            using BayesianSequential saved = Model(), model = Model();
            using var loss = ElboLoss.Gaussian(10);
            string before = Bits.Of(model, loss);
            Checkpoint.Save(saved, path, loss);
            byte[] file = File.ReadAllBytes(path);
            long live = LiveTensors();
            switch (way)
            {
                case "a disk that is full":
                    long room = random.NextInt64(file.Length);
                    Refused<IOException>(() => Checkpoint.Save(model,
                        new FailingStream(new byte[file.Length], room, () => new IOException("no space is left")), loss), name);
                    break;
                case "a tensor that cannot be saved":
                    // All of them: state_dict silently omits disposed tensors.
                    Parameter[] parameters = [.. model.modules().OfType<BayesianLayer>().SelectMany(layer => layer.parameters(recurse: false))];
                    parameters[random.Next(parameters.Length)].Dispose();
                    Refused<ArgumentException>(() => Checkpoint.Save(model, path, loss), name);
                    File.ReadAllBytes(path).Should().Equal(file, name);
                    break;
                case "a disk that cannot be read":
                    long readable = random.NextInt64(file.Length);
                    Refused<IOException>(
                        () => Checkpoint.Load(model, new FailingStream(file, readable, () => new IOException("the disk failed")), loss), name);
                    break;
                case "a file that ends early":
                    File.WriteAllBytes(path, file[..random.Next(file.Length)]);
                    Refused<CheckpointException>(() => Checkpoint.Load(model, path, loss), name);
                    break;
                default:
                    byte[] flipped = [.. file];
                    flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
                    try
                    {
                        Checkpoint.Load(model, new MemoryStream(flipped), loss);
                        // The change affects a number, or a text without meaning, so the model has the file's numbers.
                        using var again = new MemoryStream();
                        Checkpoint.Save(model, again, loss);
                        again.ToArray().AsSpan(^Data(file)..).SequenceEqual(flipped.AsSpan(^Data(file)..)).Should().BeTrue(name);
                        before = Bits.Of(model, loss);
                    }
                    catch (CheckpointException exception)
                    {
                        exception.Message.Should().NotContain("\n", name);
                    }
                    break;
            }
            if (way != "a tensor that cannot be saved")
            {
                Bits.Of(model, loss).Should().Be(before, name);
                LiveTensors().Should().Be(live, name);
            }
            _folder.GetFileSystemInfos().Should().ContainSingle(name);
            ended[way] = ended.GetValueOrDefault(way) + 1;
        }
        ended.Keys.Should().BeEquivalentTo(Ways);
        ended.Values.Should().OnlyContain(count => count > 20);
    }

    public new void Dispose()
    {
        _folder.Delete(recursive: true);
        base.Dispose();
    }

    /// <summary>The system refuses to write in the middle of a file.</summary>
    [Fact]
    public void A_system_limit_is_reported_and_leaves_no_file()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the limit is set by Linux's shell");
        // The limit is in blocks of 1,024 bytes: the first model's file fits, the second's does not.
        var start = new ProcessStartInfo("bash", ["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" --digests",
            SoakProgramTests.Program]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TMPDIR"] = _folder.FullName;
        // The runtime's own files would exceed the limit.
        start.Environment["DOTNET_EnableWriteXorExecute"] = start.Environment["DOTNET_EnableDiagnostics"] = "0";
        var (exitCode, output, error) = SoakProgramTests.Run(start);
        exitCode.Should().Be(1);
        output.TrimEnd().Should().EndWith("the experiment's network");
        error.Should().StartWith("System.IO.IOException: '").And.Contain("1.safetensors' became larger than the system allows.");
        _folder.GetFileSystemInfos().Should().BeEmpty();
    }

    private static int Data(byte[] file) => file.Length - 8 - (int)BitConverter.ToInt64(file);

    private static void Refused<TException>(Action action, string name) where TException : Exception =>
        action.Should().Throw<TException>(name).Which.Message.Should().NotContain("\n", name);

    private static BayesianSequential Model() =>
        new(new BayesianLinear(3, 4, prior: new LearnedScalePrior(), biasPrior: NormalPrior.PerWeight(zeros(4), ones(4))), BatchNorm1d(4), Tanh(),
            new BayesianLinear(4, 1));
}
