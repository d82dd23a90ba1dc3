using System.Text.Json;
using System.Text.Json.Nodes;
using Bayes.Layers.Benchmarks.Work;
using Bayes.Layers.Estimators;

namespace Bayes.Layers.Tests.Benchmarks;

/// <summary>Timed work is correct, frees its tensors, and matches what the PyTorch script runs.</summary>
public sealed class WorkloadTests : TorchTest
{
    public static TheoryData<string> Names => [.. All.Keys];

    private static Dictionary<string, Func<Workload>> All { get; } = new()
    {
        ["a prediction of a small network"] = () => new PredictionWork(Network.Experiment, 500, 40, CPU),
        ["a prediction of classes"] = () => new PredictionWork(Network.FullyConnected(8, 16, 10), 20, 40, CPU),
        ["a prediction with local noise"] = () => new PredictionWork(Network.FullyConnected(8, 16, 10), 1, new LocalReparameterization(40), CPU),
        ["a prediction of images"] = () => new PredictionWork(Network.Convolutional, 4, 32, CPU),
        ["a training loop"] = () => new TrainingLoopWork(CPU),
        ["a step with one draw"] = () => new TrainingStepWork(Network.FullyConnected(8, 16, 10), 20, new Reparameterization(), CPU),
        ["a step with four draws"] = () => new TrainingStepWork(Network.FullyConnected(8, 16, 10), 20, new Reparameterization(4), CPU),
        ["a step with local noise"] = () => new TrainingStepWork(Network.FullyConnected(8, 16, 10), 20, new LocalReparameterization(4), CPU),
        ["a step with Flipout"] = () => new TrainingStepWork(Network.FullyConnected(8, 16, 10), 20, new Flipout(4), CPU),
        ["noise"] = () => new NoiseWork(1 << 12, 32, CPU),
        ["a divergence"] = () => new DivergenceWork(Network.FullyConnected(8, 16, 10), withGradient: false, CPU),
        ["a divergence and its gradient"] = () => new DivergenceWork(Network.FullyConnected(8, 16, 10), withGradient: true, CPU),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Loop_and_library_agree_and_leave_no_tensor(string name)
    {
        Run(All[name]);
        long before = LiveTensors();
        Run(All[name]);
        LiveTensors().Should().Be(before);

        static void Run(Func<Workload> create)
        {
            using var work = create();
            work.RequireAgreement();
            work.Baseline();
            work.Library();
            foreach (var bound in work.Bounds)
                bound.Run();
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_call_leaves_no_tensor(string name)
    {
        using var work = All[name]();
        work.Baseline();
        work.Library();
        long before = LiveTensors();
        work.Baseline();
        LiveTensors().Should().Be(before, "of the loop by hand");
        work.Library();
        LiveTensors().Should().Be(before, "of the library");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_PyTorch_script_supports_the_workload(string name)
    {
        string script = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "pytorch", "bayes_by_backprop.py"));
        using var work = All[name]();
        var asked = JsonNode.Parse(JsonSerializer.Serialize(work.PyTorch))!.AsObject();
        script.Should().Contain($"def {asked["work"]}(case, device):");
        foreach (var (key, _) in asked.Where(pair => pair.Key != "work"))
            script.Should().Contain($"case[\"{key}\"]");
    }

    [Fact]
    public void Every_case_has_a_key_of_its_own() =>
        new[] { Cases.Prediction, Cases.Training, Cases.ByDraws, Cases.ByBatch, Cases.ByWidth, Cases.Noise, Cases.KlDivergence }
            .SelectMany(cases => cases).Select(each => each.Key).Should().OnlyHaveUniqueItems();

    [Theory]
    [InlineData(1.1, 1, 0.05, false)]
    [InlineData(1.1, 1, 0.2, true)]
    [InlineData(double.NaN, 1, 0.2, false)]
    [InlineData(1, double.NaN, 0.2, false)]
    [InlineData(1, double.PositiveInfinity, 0.2, false)]
    public void Results_that_differ_too_much_are_not_timed(double baseline, double library, double tolerance, bool agree)
    {
        var work = new TwoNumbers(baseline, library, tolerance);
        var create = FluentActions.Invoking(() => new Case("two", "two numbers", _ => work).CreateChecked(CPU));
        if (agree)
            create.Should().NotThrow();
        else
            create.Should().Throw<InvalidOperationException>()
                .WithMessage($"two on cpu: The number: {baseline} by hand and {library} by the library; *");
        work.IsDisposed.Should().Be(!agree);
    }

    private sealed class TwoNumbers(double baseline, double library, double tolerance) : Workload(CPU)
    {
        public bool IsDisposed { get; private set; }

        public override void Baseline()
        {
        }

        public override void Library()
        {
        }

        public override void RequireAgreement() => RequireClose("The number", baseline, library, tolerance);

        public override void Dispose() => IsDisposed = true;
    }
}
