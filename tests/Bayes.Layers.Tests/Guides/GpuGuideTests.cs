namespace Bayes.Layers.Tests.Guides;

/// <summary>The programs of docs/gpu.md. The CUDA tests cover what needs a GPU.</summary>
public sealed class GpuGuideTests : TorchTest
{
    private static readonly IReadOnlyList<DocumentedProgram> Programs = DocumentedExamples.ProgramsOf("docs/gpu.md");

    [Fact]
    public void A_device_can_be_passed() => Programs[1].Run(["device", "model", "loss"], found =>
        found.Get<BayesianModule>("model").parameters().Concat(found.Get<ElboLoss>("loss").parameters()).Should().HaveCount(9)
            .And.OnlyContain(parameter => parameter.device_type == found.Get<Device>("device").type));

    [Fact]
    public void A_seeded_noise_source_does_not_use_the_global_generator() => Programs[1].Run(["model", "device"], found =>
    {
        var model = found.Get<BayesianSequential>("model");
        var input = randn(5, 3).to(found.Get<Device>("device"));
        random.manual_seed(1);
        double[] next = Values(randn(3));
        random.manual_seed(1);
        double[] first = Values(model.forward(input));
        Values(randn(3)).Should().Equal(next);
        Programs[1].Run(["model"], again =>
        {
            var other = again.Get<BayesianSequential>("model");
            other.load_state_dict(model.state_dict());
            Values(other.forward(input)).Should().Equal(first);
        });
    });

    /// <summary>The tests' libtorch stands in for PyTorch's: its files have the same names and are already loaded.</summary>
    [Fact]
    public void An_existing_libtorch_can_be_loaded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Path.Combine(AppContext.BaseDirectory, "libtorch_cpu.so")),
            "the names are those of Linux");
        using var variable = new TorchLibVariable();
        Programs[0].Run(["found"], found => found.Get<string[]>("found").Length.Should().BeGreaterThanOrEqualTo(3));
    }
}
