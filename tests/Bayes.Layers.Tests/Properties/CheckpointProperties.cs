using System.Text;
using Bayes.Layers.Checkpoints;
using CsCheck;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Properties;

/// <summary>Any bytes are read as a checkpoint or refused in one line; a refusal changes nothing and takes little memory.</summary>
public sealed class CheckpointProperties : TorchTest
{
    // Memory for reading besides the file: dictionaries, the message, the exception's stack.
    private const long MostBytesBeside = 1 << 20;
    private const long MostBytesPerByte = 100;

    private static readonly byte[][] Numbers =
        [.. new[] { "0", "1", "-1", "1e3", "1152921504606846976", "9223372036854775807", "18446744073709551616",
            "\"8\"" }.Select(Encoding.ASCII.GetBytes)];

    private readonly BayesianSequential _model = Model();
    private readonly ElboLoss _loss = ElboLoss.Gaussian(7);

    [Fact]
    public void Faults_in_a_checkpoint_are_refused_or_only_change_numbers()
    {
        byte[] good = Saved();
        Cases.All(1, 1_500, ByteFault.Any.Array[1, 3],
            faults => ShouldBeReadOrRefused(faults.Aggregate(good, (file, fault) => fault.In(file, Numbers))), Print);
    }

    [Fact]
    public void Faults_in_the_header_are_refused()
    {
        // Most of a file is numbers, so here every fault is in the header.
        byte[] good = Saved();
        int end = 8 + (int)BitConverter.ToInt64(good);
        Cases.All(2, 1_500, ByteFault.Any.Array[1, 2], faults =>
        {
            byte[] header = faults.Aggregate(good[8..end], (text, fault) => fault.In(text, Numbers));
            ShouldBeReadOrRefused([.. BitConverter.GetBytes((long)header.Length), .. header, .. good[end..]]);
        }, Print);
    }

    [Fact]
    public void Random_bytes_are_refused() =>
        Cases.All(3, 1_500, Gen.Select(Gen.Byte.Array[0, 200], Gen.Bool), each =>
            ShouldBeReadOrRefused(each.Item2 ? [.. BitConverter.GetBytes((long)each.Item1.Length), .. each.Item1] : each.Item1));

    private static string Print(ByteFault[] faults) => string.Join("; ", faults.Select(fault => fault.ToString()));

    private static BayesianSequential Model() => new(new BayesianLinear(2, 3), Tanh(), new BayesianLinear(3, 1, dtype: float64));

    private byte[] Saved()
    {
        using var stream = new MemoryStream();
        Checkpoint.Save(_model, stream, _loss);
        return stream.ToArray();
    }

    private byte[] State() => [.. _model.state_dict().Values.Concat(_loss.state_dict().Values).SelectMany(each => each.bytes.ToArray())];

    private void ShouldBeReadOrRefused(byte[] file)
    {
        byte[] before = State();
        long tensors = LiveTensors(), allocated = GC.GetAllocatedBytesForCurrentThread();
        bool isDescribed = Promise.Keeps(() => Checkpoint.Describe(new MemoryStream(file)));
        bool isLoaded = Promise.Keeps(() => Checkpoint.Load(_model, new MemoryStream(file), _loss));
        (GC.GetAllocatedBytesForCurrentThread() - allocated).Should().BeLessThan(MostBytesBeside + MostBytesPerByte * file.Length);
        LiveTensors().Should().Be(tensors);
        if (isLoaded)
            isDescribed.Should().BeTrue("what can be loaded can be described");
        else
            State().AsSpan().SequenceEqual(before).Should().BeTrue("what is refused changes nothing");
    }
}
