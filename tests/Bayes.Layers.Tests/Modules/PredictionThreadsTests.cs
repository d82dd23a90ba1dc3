using System.Collections.Concurrent;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Prediction;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

/// <summary>Predictions with passes on several threads equal those on one, and never leave a tensor behind.</summary>
public sealed class PredictionThreadsTests : TorchTest
{
    private static readonly NormalInitializer Start = new();

    private const int Threads = 3;
    private static readonly CategoricalLikelihood Classes = new();

    /// <summary>Many draws for few rows, rows in several blocks, many rows and few draws, a convolution, dropout.</summary>
    public static TheoryData<string> Cases => ["draws", "blocks", "rows", "images", "dropout"];

    private static (BayesianSequential Model, Tensor Input, int Samples) Case(string name) => name switch
    {
        "draws" => (new(new BayesianLinear(450, 300, initializer: Start), ReLU(), new BayesianLinear(300, 4, initializer: Start)), randn(3, 450), 70),
        "blocks" => (new(new BayesianLinear(20, 300), Tanh(), new BayesianLinear(300, 4)), randn(5_000, 20), 96),
        "rows" => (new(new BayesianLinear(2, 5), Tanh(), new BayesianLinear(5, 3)), randn(60_000, 2), 20),
        "images" =>
            (new(new BayesianConv2d(1, 8, 3, padding: 1), ReLU(), MaxPool2d(2), Flatten(), new BayesianLinear(8 * 6 * 6, 3)),
                randn(200, 1, 12, 12), 24),
        _ => (new(Linear(30, 200), ReLU(), new MonteCarloDropout(0.3), Linear(200, 3)), randn(1_000, 30), 40),
    };

    private static T With<T>(int threads, Func<T> action)
    {
        int before = get_num_threads();
        set_num_threads(threads);
        try
        {
            return action();
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_number_of_threads_changes_nothing(string name)
    {
        var (model, input, samples) = Case(name);
        using var predictive = new MonteCarloPredictive(model, Classes, samples, seed: 3);
        var target = zeros(input.shape[0], int64);
        using Predictive one = Predict(1), several = Predict(Threads);
        ShouldBeClose(several.Samples, one.Samples, 1e-6);
        ShouldBeClose(several.Mean, one.Mean, 1e-6);
        ShouldBeClose(several.EpistemicStddev, one.EpistemicStddev, 1e-6);
        ShouldBeClose(several.LogPredictiveDensity, one.LogPredictiveDensity, 1e-5);
        several.SamplesUsed.Should().Be(samples);

        Predictive Predict(int threads) => With(threads, () => predictive.Predict(input, target, keepSamples: true));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Threads_are_used_and_torchs_number_is_restored(string name)
    {
        // TorchSharp counts the tensors of each thread: the calling thread makes few for the passes of plain modules.
        var (model, input, samples) = Case(name);
        using var predictive = new MonteCarloPredictive(model, Classes, samples, seed: 3);
        long created = With(1, () => Created()), spread = With(Threads, () => Created());
        spread.Should().BeLessThan(created * 3 / 4);
        int fresh = 0;
        With(Threads, () =>
        {
            predictive.forward(input).Dispose();
            get_num_threads().Should().Be(Threads);
            var thread = new Thread(() => fresh = get_num_threads());
            thread.Start();
            thread.Join();
            return 0;
        });
        fresh.Should().Be(Threads);

        long Created()
        {
            predictive.forward(input).Dispose();
            long before = DisposeScopeManager.Statistics.TensorStatistics.CreatedInScopeCount;
            predictive.forward(input).Dispose();
            return DisposeScopeManager.Statistics.TensorStatistics.CreatedInScopeCount - before;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_live_tensor_is_left_on_the_calling_thread_or_any_other(string name)
    {
        var (model, input, samples) = Case(name);
        using var predictive = new MonteCarloPredictive(model, Classes, samples, seed: 3);
        With(Threads, () =>
        {
            Predict();
            long before = LiveTensors(), inAll = Tensor.TotalCount;
            for (int i = 0; i < 3; i++)
                Predict();
            LiveTensors().Should().Be(before);
            Tensor.TotalCount.Should().BeLessThanOrEqualTo(inAll);
            return 0;
        });

        void Predict() => predictive.Predict(input, keepSamples: true).Dispose();
    }

    [Fact]
    public void A_custom_module_runs_only_on_the_calling_thread()
    {
        var recorder = new Recorder();
        using var model = new BayesianSequential(new BayesianLinear(200, 300), recorder, new BayesianLinear(300, 4));
        using var prediction = With(Threads, () => new MonteCarloPredictive(model, Classes, 70, seed: 3).forward(randn(3, 200)));
        recorder.ThreadsSeen.Keys.Should().Equal(Environment.CurrentManagedThreadId);
    }

    [Fact]
    public void A_hook_of_a_plain_module_runs_only_on_the_calling_thread()
    {
        var seen = new ConcurrentDictionary<int, bool>();
        var plain = ReLU();
        plain.register_forward_hook((_, _, output) =>
        {
            seen[Environment.CurrentManagedThreadId] = true;
            return output;
        });
        using var model = new BayesianSequential(new BayesianLinear(200, 300), plain, new BayesianLinear(300, 4));
        using var prediction = With(Threads, () => new MonteCarloPredictive(model, Classes, 70, seed: 3).forward(randn(3, 200)));
        seen.Keys.Should().Equal(Environment.CurrentManagedThreadId);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Progress_is_reported_on_the_calling_thread_and_increases_to_its_end(string name)
    {
        var (model, input, samples) = Case(name);
        using var predictive = new MonteCarloPredictive(model, Classes, samples, seed: 3);
        var told = new List<PredictiveProgress>();
        int threadsOfOthers = 0;
        using var prediction = With(Threads, () => predictive.Predict(input, progress: new Told<PredictiveProgress>(each =>
        {
            told.Add(each);
            threadsOfOthers += Environment.CurrentManagedThreadId == Here ? 0 : 1;
        })));
        threadsOfOthers.Should().Be(0);
        told.Select(each => each.Done).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        told.Should().HaveCountGreaterThan(1);
        told[^1].Fraction.Should().Be(1);
    }

    private readonly int Here = Environment.CurrentManagedThreadId;

    [Theory]
    [MemberData(nameof(Cases))]
    public void Exceptions_from_progress_and_cancellation_end_the_work_and_leave_no_tensor(string name)
    {
        var (model, input, samples) = Case(name);
        using var predictive = new MonteCarloPredictive(model, Classes, samples, seed: 3);
        With(Threads, () =>
        {
            predictive.forward(input).Dispose();
            long before = LiveTensors(), inAll = Tensor.TotalCount;
            int told = 0;
            predictive.Invoking(p => p.Predict(input, progress: new Told<PredictiveProgress>(_ => throw new FormatException("mine"))))
                .Should().Throw<FormatException>().WithMessage("mine");
            using var source = new CancellationTokenSource();
            predictive.Invoking(
                p => p.Predict(input, progress: new Told<PredictiveProgress>(_ => { told++; source.Cancel(); }), cancellationToken: source.Token))
                .Should().Throw<OperationCanceledException>();
            told.Should().Be(1);
            LiveTensors().Should().Be(before);
            Tensor.TotalCount.Should().BeLessThanOrEqualTo(inAll);
            model.training.Should().BeTrue();
            get_num_threads().Should().Be(Threads);
            is_grad_enabled().Should().BeTrue();
            return 0;
        });
    }

    [Fact]
    public void A_workers_exception_is_rethrown_unchanged()
    {
        With(Threads, () =>
        {
            long inAll = Tensor.TotalCount;
            var act = () => PassWorkers.Run(
                Threads, 50, piece => piece == 20 ? throw new FormatException("of piece 20") : [zeros(piece + 1)], (piece, made) => made[0].numel()
                    .Should().Be(piece + 1), default);
            act.Should().ThrowExactly<FormatException>().WithMessage("of piece 20")
                .Which.StackTrace.Should().Contain(nameof(A_workers_exception_is_rethrown_unchanged));
            Tensor.TotalCount.Should().BeLessThanOrEqualTo(inAll);
            return 0;
        });
    }

    [Fact]
    public void An_invalid_input_is_refused_as_on_one_thread()
    {
        var (model, _, samples) = Case("draws");
        using var predictive = new MonteCarloPredictive(model, Classes, samples, seed: 3);
        predictive.Invoking(p => With(Threads, () => p.forward(randn(3, 7)))).Should().Throw<ArgumentException>().WithMessage("*7 features*");
    }

    [Fact]
    public void A_tolerance_ends_at_the_same_draw()
    {
        var (model, input, _) = Case("draws");
        using var predictive = new MonteCarloPredictive(model, Classes, 2_000, seed: 3, tolerance: 0.04);
        using Predictive one = With(1, () => predictive.forward(input)), several = With(Threads, () => predictive.forward(input));
        several.SamplesUsed.Should().Be(one.SamplesUsed).And.BeInRange(64, 1_999);
        ShouldBeClose(several.Mean, one.Mean, 1e-6);
    }

    [Fact]
    public void Predictions_on_several_threads_at_once_do_not_disturb_each_other()
    {
        var (model, input, samples) = Case("draws");
        model.eval();
        using var predictive = new MonteCarloPredictive(model, Classes, samples, seed: 3);
        using var alone = With(1, () => predictive.forward(input));
        With(Threads, () =>
        {
            Parallel.For(0, 4, _ =>
            {
                using var prediction = predictive.forward(input);
                ShouldBeClose(prediction.Mean, alone.Mean, 1e-6);
            });
            return 0;
        });
    }

    private sealed class Recorder() : nn.Module<Tensor, Tensor>(nameof(Recorder))
    {
        public ConcurrentDictionary<int, bool> ThreadsSeen { get; } = new();

        public override Tensor forward(Tensor input)
        {
            ThreadsSeen[Environment.CurrentManagedThreadId] = true;
            return input.alias();
        }
    }
}
