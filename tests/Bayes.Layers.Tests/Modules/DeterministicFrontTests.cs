using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using Bayes.Layers.Prediction;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

/// <summary>The deterministic front of a model runs once per row, whatever the draws, the blocks, the budget and the
/// tolerance.</summary>
public sealed class DeterministicFrontTests : TorchTest
{
    private const int Features = 64;
    private static readonly GaussianLikelihood Likelihood = new(1);

    /// <summary>A model with a counter in its front. A prediction must run no part of it twice.</summary>
    private static readonly Dictionary<string, Func<Counter, BayesianModule>> Models = new()
    {
        ["plain modules"] = counter => new BayesianSequential(Linear(Features, 40), counter, Tanh(), Linear(40, 40), new BayesianLinear(40, 2)),
        ["dropout and normalization"] = counter =>
            new BayesianSequential(BatchNorm1d(Features), Dropout(0.5), counter, new BayesianLinear(Features, 2)),
        ["a sequential"] = counter =>
            new BayesianSequential(Sequential(Linear(Features, 40), counter), new BayesianLinear(40, 3), Tanh(), new BayesianLinear(3, 2)),
        ["a nested front"] = counter =>
            new BayesianSequential(Linear(Features, 40),
                new BayesianSequential(Tanh(), new BayesianSequential(counter, new BayesianLinear(40, 3)), Tanh()), Softplus(),
                new BayesianLinear(3, 2)),
        ["a nested front first"] = counter =>
            new BayesianSequential(new BayesianSequential(counter, new BayesianLinear(Features, 3)), new BayesianLinear(3, 2)),
        ["a module of one's own"] = counter => new FrozenTrunk(counter),
        ["a nested module of one's own"] = counter => new BayesianSequential(Tanh(), new FrozenTrunk(counter), Softplus()),
        ["a layer that managed code does not know"] = counter =>
            new BayesianSequential(counter, new BayesianLinear(Features, 8), LayerNorm(8), new BayesianLinear(8, 2)),
        ["nothing random"] = counter => new BayesianSequential(counter, Linear(Features, 2)),
    };

    public static TheoryData<string> Names => [.. Models.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_front_sees_each_row_once_for_any_draws_and_budget(string name)
    {
        var counter = new Counter();
        using var model = Models[name](counter);
        var input = randn(5_000, Features);
        foreach (var (draws, mebibytes, tolerance) in new (int, int, double?)[] { (1, 256, null), (200, 256, null), (200, 1, null), (33, 4, null),
            (200, 256, 1e-9) })
        {
            using var predictive = new MonteCarloPredictive(model, Likelihood, draws, seed: 3, MemoryBudget.FromMebibytes(mebibytes), tolerance);
            predictive.forward(input.narrow(0, 0, 2)).Dispose();
            counter.Rows = 0;
            using var prediction = predictive.Predict(input);
            counter.Rows.Should().Be(5_000, "{0} draws in {1} MiB", draws, mebibytes);
            prediction.SamplesUsed.Should().Be(name == "nothing random" && tolerance is not null ? 32 : draws);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_number_of_calls_depends_only_on_the_rows(string name)
    {
        var counter = new Counter();
        using var model = Models[name](counter);
        var input = randn(700, Features);
        int[] calls = [.. new[] { 1, 30, 300 }.Select(draws =>
        {
            using var predictive = new MonteCarloPredictive(model, Likelihood, draws, seed: 3);
            predictive.forward(input).Dispose();
            counter.Calls = 0;
            predictive.forward(input).Dispose();
            return counter.Calls;
        })];
        calls.Should().OnlyContain(count => count == 1, "700 rows are one block");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Named_draws_match_the_whole_pass(string name)
    {
        using var model = Models[name](new Counter());
        model.eval();
        var input = randn(3_000, Features);
        using var draws = new PosteriorDraws(seed: 3, count: 40, first: 2);
        using var noGrad = no_grad();
        var outputs = model.Sample(input, draws);
        foreach (int mebibytes in new[] { 1, 256 })
        {
            using var predictive = new MonteCarloPredictive(model, Likelihood, 40, seed: 3, MemoryBudget.FromMebibytes(mebibytes));
            using var prediction = predictive.Predict(input, target: zeros(3_000, 2), keepSamples: true, firstDraw: 2);
            ShouldBeClose(prediction.Samples, outputs, 1e-5);
            ShouldBeClose(prediction.Mean, outputs.mean([0L]), 1e-5);
            ShouldBeClose(prediction.EpistemicStddev, outputs.std(0L), 1e-4);
        }
    }

    [Fact]
    public void With_a_tolerance_a_front_too_large_to_keep_runs_once_per_check()
    {
        var counter = new Counter();
        using var model = Models["plain modules"](counter);
        var input = randn(20_000, Features);
        using var predictive = new MonteCarloPredictive(model, Likelihood, 96, seed: 3, MemoryBudget.FromMebibytes(1), tolerance: 1e-9);
        predictive.forward(input.narrow(0, 0, 2)).Dispose();
        counter.Rows = 0;
        predictive.forward(input).Dispose();
        counter.Rows.Should().Be(3 * 20_000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(256)]
    public void Progress_cancellation_and_merging_work_as_without_a_front(int mebibytes)
    {
        using var model = Models["plain modules"](new Counter());
        var input = randn(5_000, Features);
        using var predictive = new MonteCarloPredictive(model, Likelihood, 50, seed: 3, MemoryBudget.FromMebibytes(mebibytes));
        var told = new List<PredictiveProgress>();
        using var all = predictive.Predict(input, progress: new Told<PredictiveProgress>(told.Add));
        told.Select(each => each.Done).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        told[^1].Fraction.Should().Be(1);
        using var half = new MonteCarloPredictive(model, Likelihood, 25, seed: 3, MemoryBudget.FromMebibytes(mebibytes));
        using Predictive early = half.Predict(input), late = half.Predict(input, firstDraw: 25), merged = Predictive.Merge(early, late);
        ShouldBeClose(merged.Mean, all.Mean, 1e-6);

        long before = LiveTensors();
        using var source = new CancellationTokenSource();
        predictive.Invoking(p => p.Predict(input, progress: new Told<PredictiveProgress>(_ => source.Cancel()), cancellationToken: source.Token))
            .Should().Throw<OperationCanceledException>();
        LiveTensors().Should().Be(before);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Threads_compute_each_row_of_a_front_once(int threads)
    {
        using var model = new BayesianSequential(Linear(Features, 5), new BayesianLinear(5, 1));
        var plain = model.SplitFront()!;
        long rows = 0;
        var front = new FunctionFront(
            values =>
            {
                Interlocked.Add(ref rows, values.Rows);
                return Pass(values);
            },
            BytesPerRow: 0, BytesKeptPerRow: 0);
        var input = randn(1_000, Features);
        using var noGrad = no_grad();
        using var values = new FrontValues(front, input, rowsKept: 300, rowsPerPass: 70, threads, default);
        var expected = Pass(input);
        for (long first = 0; first < 1_000; first += values.RowsAtATime)
        {
            long count = Math.Min(300, 1_000 - first);
            ShouldBeClose(values.From(first)[0], expected.narrow(0, first, count), 1e-6);
            values.From(first)[0].shape.Should().Equal(count, 5);
        }
        rows.Should().Be(1_000);

        Tensor Pass(NetworkInput values) => PassRun.Of(model, plain.OfInputs, values, PosteriorMean.Instance).squeeze(0);
    }

    [Fact]
    public void An_exception_in_a_front_leaves_no_tensor_behind()
    {
        var counter = new Counter();
        using var model = Models["plain modules"](counter);
        var input = randn(5_000, Features);
        using var predictive = new MonteCarloPredictive(model, Likelihood, 5, seed: 3, MemoryBudget.FromMebibytes(1));
        predictive.forward(input).Dispose();
        counter.Rows = 0;
        counter.FailsFrom = 3_000;
        long before = LiveTensors();
        predictive.Invoking(p => p.forward(input)).Should().Throw<InvalidOperationException>().WithMessage("thrown on purpose");
        LiveTensors().Should().Be(before);
    }

    /// <summary>Counts calls and rows.</summary>
    private sealed class Counter() : Module<Tensor, Tensor>(nameof(Counter))
    {
        public long Rows { get; set; }

        public int Calls { get; set; }

        public long FailsFrom { get; set; } = long.MaxValue;

        public override Tensor forward(Tensor input)
        {
            Calls++;
            Rows += input.shape[0];
            return Rows >= FailsFrom ? throw new InvalidOperationException("thrown on purpose") : input.alias();
        }
    }

    /// <summary>A pretrained trunk and a Bayesian head.</summary>
    private sealed class FrozenTrunk : BayesianModule
    {
        private readonly Module<Tensor, Tensor> trunk;
        private readonly BayesianLinear head;

        public FrozenTrunk(Counter counter) : base(nameof(FrozenTrunk))
        {
            trunk = Sequential(Linear(Features, 20), counter);
            head = new BayesianLinear(20, 2);
            RegisterComponents();
        }

        public override Tensor Propagate(Tensor input, Pass pass)
        {
            using var scope = NewDisposeScope();
            return head.Propagate(ApplyPlain(trunk, input, pass), pass).MoveToOuterDisposeScope();
        }

        protected internal override DeterministicFront SplitFront() => new((input, pass) => ApplyPlain(trunk, input, pass), head.Propagate);
    }
}
