using System.Text.Json;
using System.Text.Json.Nodes;
using Bayes.Layers.Benchmarks.HandWritten;
using Bayes.Layers.Benchmarks.Reports;
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
        ["a prediction of numbers with an interval"] =
            () => new PredictionWork(Network.FullyConnected(8, 16, 1), 20, 60, CPU, seed: 1, withInterval: true),
        ["a prediction of a row of a table"] = () => new PredictionWork(Network.Table, 1, 10, CPU, seed: 1),
        ["a step with one draw"] = () => new TrainingStepWork(Network.FullyConnected(8, 16, 10), 20, Method.Weights(1), CPU),
        ["a step for numbers"] = () => new TrainingStepWork(Network.FullyConnected(8, 16, 1), 20, Method.Weights(1), CPU),
        ["a step with four draws"] = () => new TrainingStepWork(Network.FullyConnected(8, 16, 10), 20, Method.Weights(4), CPU),
        ["a step with a pair"] = () => new TrainingStepWork(Network.FullyConnected(8, 16, 10), 20, Method.Pair, CPU),
        ["a step with local noise"] = () => new TrainingStepWork(Network.FullyConnected(8, 16, 10), 20, Method.Local(4), CPU),
        ["a step with Flipout"] = () => new TrainingStepWork(Network.FullyConnected(8, 16, 10), 20, Method.Flipout(4), CPU),
        ["a step of images with local noise"] = () => new TrainingStepWork(Network.Images, 4, Method.Local(1), CPU),
        ["a step of images with Flipout"] = () => new TrainingStepWork(Network.Images, 4, Method.Flipout(1), CPU),
        ["a pass of an LSTM"] = () => new RecurrentWork(device => new BayesianLSTM(4, 8, device: device), RecurrentUse.Forward, CPU),
        ["a gradient of a GRU"] = () => new RecurrentWork(device => new BayesianGRU(4, 8, device: device), RecurrentUse.ForwardAndBackward, CPU),
        ["passes of a GRU"] = () => new RecurrentWork(device => new BayesianGRU(4, 8, device: device), RecurrentUse.SixteenDraws, CPU),
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
            work.Plain?.Invoke();
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
        work.Plain?.Invoke();
        long before = LiveTensors();
        work.Baseline();
        LiveTensors().Should().Be(before, "of the loop by hand");
        work.Library();
        LiveTensors().Should().Be(before, "of the library");
        work.Plain?.Invoke();
        LiveTensors().Should().Be(before, "of the plain network");
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
        if (asked["network"] is { } network && network.ToString().All(char.IsLetter))
            script.Should().Contain($"name == \"{network}\"");
    }

    [Fact]
    public void Every_case_has_a_key_of_its_own() =>
        Section.All.SelectMany(section => section.Cases).Select(each => each.Key).Should().OnlyHaveUniqueItems();

    [Fact]
    public void Every_method_by_hand_has_the_moments_of_the_estimator()
    {
        const int Draws = 4000;
        using var work = NewDisposeScope();
        var model = Network.FullyConnected(3, 2).Create(CPU);
        using var byHand = new HandWrittenNetwork(model);
        Tensor input = randn(5, 3), mean = byHand.ForwardMean(input);
        foreach (var method in new[] { Method.Weights(Draws), Method.Local(Draws), Method.Flipout(Draws) })
        {
            using var noGrad = no_grad();
            var own = stack(Enumerable.Range(0, Draws).Select(_ => byHand.Forward(input, method.ByHand)));
            var library = model.Sample(input, method.Estimator);
            own.mean([0L]).allclose(mean, 0, 0.02).Should().BeTrue(method.Key);
            own.std(0L).allclose(library.std(0L), 0.1, 0).Should().BeTrue(method.Key);
        }
        model.Dispose();
    }

    [Fact]
    public void Work_on_some_threads_restores_their_number()
    {
        int before = get_num_threads();
        var seen = new List<int>();
        using var work = new ThreadsWork(new Observed(seen), before + 1);
        work.Baseline();
        work.Library();
        work.Plain.Should().BeNull();
        seen.Should().Equal(before + 1, before + 1);
        get_num_threads().Should().Be(before);
    }

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

    private sealed class Observed(List<int> seen) : Workload(CPU)
    {
        public override void Baseline() => seen.Add(get_num_threads());

        public override void Library() => seen.Add(get_num_threads());

        public override void RequireAgreement()
        {
        }

        public override void Dispose()
        {
        }
    }
}
