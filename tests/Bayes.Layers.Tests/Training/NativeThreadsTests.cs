using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Training;

/// <summary>A pass uses as many native threads as its work is worth, and restores the thread's number afterwards.</summary>
public sealed class NativeThreadsTests : TorchTest
{
    private const int Threads = 3;

    private static readonly Dictionary<string, (Func<Module<Tensor, Tensor>, BayesianModule> Make, long[] Input, bool IsWorthThreads)> Models = new()
    {
        ["a small network"] = (watch => new BayesianSequential(new BayesianLinear(3, 32), watch, ReLU(), new BayesianLinear(32, 1)), [32, 3], false),
        ["a wide network"] =
            (watch => new BayesianSequential(new BayesianLinear(300, 300), watch, ReLU(), new BayesianLinear(300, 1)), [150, 300], true),
        ["a wide network and one row"] =
            (watch => new BayesianSequential(new BayesianLinear(300, 300), watch, ReLU(), new BayesianLinear(300, 1)), [1, 300], false),
        ["a short sequence"] =
            (watch => new BayesianSequential(new BayesianGRU(2, 4, returnsSequence: false), watch, new BayesianLinear(4, 1)), [16, 5, 2], false),
        ["a long sequence"] =
            (watch => new BayesianSequential(new BayesianLinear(64, 64), watch, Flatten(), new BayesianLinear(64 * 64, 1)), [64, 64, 64], true),
        ["small images"] = (watch =>
            new BayesianSequential(new BayesianConv2d(1, 4, 3), watch, ReLU(), Flatten(), new BayesianLinear(4 * 6 * 6, 1)), [16, 1, 8, 8], false),
        ["images with many weights behind few filters"] = (
            watch => new BayesianSequential(new BayesianConv2d(1, 2, 3), watch, Flatten(), new BayesianLinear(2 * 26 * 26, 64),
                new BayesianLinear(64, 1)),
            [32, 1, 28, 28], false),
        ["large images"] = (watch => new BayesianSequential(new BayesianConv2d(3, 32, 3), watch, ReLU(), Flatten(),
            new BayesianLinear(32 * 30 * 30, 1)), [16, 3, 32, 32], true),
        ["tokens"] = (watch => new BayesianSequential(new BayesianEmbedding(9, 4), watch, Flatten(), new BayesianLinear(12, 1)), [16, 3], false),
    };

    public static TheoryData<string, string> Cases =>
        new(from model in Models.Keys from estimator in new[] { "draws", "local" } select (model, estimator));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Fit_and_VariationalStep_use_as_many_threads_as_the_work_is_worth(string kind, string estimator) => With(Threads, () =>
    {
        var seen = new List<int>();
        var (make, shape, isWorth) = Models[kind];
        using var model = make(new Watch(() => seen.Add(get_num_threads())));
        using var loss = new ElboLoss(new GaussianLikelihood(1), shape[0]);
        Tensor input = kind == "tokens" ? randint(0, 9, shape) : randn(shape), target = randn(shape[0], 1);
        Estimator by = estimator == "local" ? new LocalReparameterization() : new Reparameterization();
        var told = new List<int>();
        new VariationalTrainer(model, loss, new() { Epochs = 2, BatchSize = (int)shape[0], Estimator = by })
            .Fit(input, target, progress: new Told<TrainingProgress>(_ => told.Add(get_num_threads())));
        told.Should().Equal([Threads, Threads], "progress is reported outside the steps");
        get_num_threads().Should().Be(Threads);
        using (var step = new VariationalStep(model, loss, parameters => optim.Adam(parameters), by))
            step.Run(input, target).Dispose();
        get_num_threads().Should().Be(Threads);
        seen.Should().HaveCount(3).And.OnlyContain(threads => isWorth ? threads > 1 : threads == 1);
        OfNewThread().Should().Be(Threads);
    });

    [Fact]
    public void Threads_started_during_training_keep_their_number() => With(Threads, () =>
    {
        var started = new List<int>();
        int passes = 0;
        using var model = new BayesianSequential(new BayesianLinear(3, 8), new Watch(() =>
        {
            // The first pass of an epoch measures the work.
            if (passes++ > 0)
                started.Add(OfNewThread());
        }), new BayesianLinear(8, 1));
        using var loss = ElboLoss.Bernoulli(40);
        new VariationalTrainer(model, loss, new() { Epochs = 1, BatchSize = 10 }).Fit(randn(40, 3), zeros(40, 1));
        started.Should().Equal(Threads, Threads, Threads);
    });

    [Fact]
    public void The_number_is_restored_after_an_exception() => With(Threads, () =>
    {
        int passes = 0;
        using var model = new BayesianSequential(new BayesianLinear(3, 8), new Watch(() =>
        {
            if (++passes % 2 == 0)
                throw new NotSupportedException();
        }), new BayesianLinear(8, 1));
        using var loss = ElboLoss.Bernoulli(40);
        new VariationalTrainer(model, loss, new() { BatchSize = 10 }).Invoking(trainer => trainer.Fit(randn(40, 3), zeros(40, 1))).Should()
            .Throw<NotSupportedException>();
        get_num_threads().Should().Be(Threads);
        using var step = new VariationalStep(model, loss, parameters => optim.Adam(parameters));
        step.Run(randn(4, 3), zeros(4, 1)).Dispose();
        step.Invoking(each => each.Run(randn(4, 3), zeros(4, 1))).Should().Throw<NotSupportedException>();
        get_num_threads().Should().Be(Threads);
    });

    [Fact]
    public void A_thread_with_one_keeps_one() => With(1, () =>
    {
        using var model = Models["a wide network"].Make(new Watch(() => get_num_threads().Should().Be(1)));
        using var loss = new ElboLoss(new GaussianLikelihood(1), 150);
        new VariationalTrainer(model, loss, new() { Epochs = 1, BatchSize = 150 }).Fit(randn(150, 300), randn(150, 1));
        get_num_threads().Should().Be(1);
    });

    private static void With(int threads, Action action)
    {
        int before = get_num_threads();
        set_num_threads(threads);
        try
        {
            action();
        }
        finally
        {
            set_num_threads(before);
        }
    }

    private static int OfNewThread()
    {
        int found = 0;
        var thread = new Thread(() => found = get_num_threads());
        thread.Start();
        thread.Join();
        return found;
    }

    private sealed class Watch(Action look) : Module<Tensor, Tensor>(nameof(Watch))
    {
        public override Tensor forward(Tensor input)
        {
            // The pass in evaluation mode counts the uses of weights.
            if (training)
                look();
            return input.alias();
        }
    }
}
