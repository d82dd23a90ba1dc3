using Bayes.Layers.Likelihoods;
using Bayes.Layers.Logging;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;
using Microsoft.Extensions.Logging;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Precision;

/// <summary>
/// Unscaled inputs of 10⁶ and targets of 10⁸ in single precision: training may be slow or refuse steps and reports it; it never ends in NaN.
/// </summary>
public sealed class BadlyScaledDataTests : TorchTest
{
    private const int Rows = 64;

    /// <summary>All combinations of prior, optimizer, and managed or torch steps.</summary>
    public static TheoryData<string, string> Ways
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string path in new[] { "managed", "one storage", "ordinary" })
                foreach (string optimizer in new[] { "Adam", "AdamW", "SGD", "RMSProp" })
                    data.Add(path, optimizer);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Parameters_and_the_optimizers_state_stay_finite(string path, string optimizer)
    {
        using var model = Model(path);
        var loss = Loss(path);
        var (input, target) = Data();
        optim.Optimizer? made = null;
        var logger = new ListOfWarnings();
        var trainer = new VariationalTrainer(model, loss, new() { Epochs = 6, BatchSize = 8, LearningRate = 1e-2,
            CreateOptimizer = (parameters, rate) => made = Optimizer(optimizer, parameters, rate) });
        TrainingHistory history;
        IReadOnlyList<Tensor> state = [];
        try
        {
            history = trainer.Fit(input, target, progress: new Both(new LoggerProgress(logger), () => state = CopyOfState(made!)));
        }
        catch (TrainingDivergedException diverged)
        {
            diverged.Message.Should().Match(
                "Training diverged in epoch *in a row that were refused*and so may scaling the data, which reach *e+08 in this batch, to about 1.");
            history = diverged.History;
        }

        foreach (var (name, parameter) in model.named_parameters().Concat(loss.named_parameters()))
            Values(parameter).Should().OnlyContain(value => double.IsFinite(value), name);
        foreach (var kept in state)
            Values(kept).Should().OnlyContain(value => double.IsFinite(value));
        state.Should().NotBeEmpty();
        logger.Warnings.Should().HaveCount(history.Epochs.Count(epoch => epoch.RefusedSteps > 0), "each epoch with a refused step is a warning");
        foreach (var epoch in history.Epochs.Where(epoch => epoch.Steps > 0))
            double.IsFinite(epoch.Loss).Should().BeTrue();
    }

    /// <summary>One batch in four has targets whose squares overflow.</summary>
    [Theory]
    [InlineData("managed")]
    [InlineData("one storage")]
    [InlineData("ordinary")]
    public void A_batch_out_of_range_is_refused_with_a_warning_and_the_others_train(string path)
    {
        using var model = Model(path);
        Tensor input = randn(Rows, 3), target = input.sum(1L).unsqueeze(1), wild = full_like(target, 1e25);
        var logger = new ListOfWarnings();
        var history = new VariationalTrainer(model, Loss(path), new() { Epochs = 20, LearningRate = 0.03, EpochCoversDataset = false }).Fit(
            () => [(input, target), (input, wild), (input, target), (input, target)], 4, progress: new LoggerProgress(logger));
        (history.End, history.Steps, history.RefusedSteps).Should().Be((TrainingEnd.LastEpoch, 60, 20));
        history.Epochs.Should().OnlyContain(epoch => epoch.RefusedSteps == 1 && double.IsFinite(epoch.Loss));
        logger.Warnings.Should().HaveCount(20).And.Contain("1 of 4 steps of epoch 3 were refused, since the loss or its gradient was not finite");
        history.Epochs[^1].NegativeLogLikelihood.Should().BeLessThan(history.Epochs[0].NegativeLogLikelihood);
    }

    private static BayesianSequential Model(string path)
    {
        Prior prior = path == "ordinary" ? new ScaleMixturePrior() : NormalPrior.Standard;
        return new BayesianSequential(new BayesianLinear(3, 8, prior: prior), nn.ReLU(), new BayesianLinear(8, 1, prior: prior));
    }

    private static ElboLoss Loss(string path) => path == "managed" ? new ElboLoss(new GaussianLikelihood(1), Rows) : ElboLoss.Gaussian(Rows);

    private static (Tensor Input, Tensor Target) Data()
    {
        var input = randn(Rows, 3).mul(1e6);
        return (input, input.sum(1L).unsqueeze(1).mul(100).add(randn(Rows, 1).mul(1e8)));
    }

    private static optim.Optimizer Optimizer(string name, IEnumerable<Parameter> parameters, double rate) => name switch
    {
        "Adam" => optim.Adam(parameters, rate),
        "AdamW" => optim.AdamW(parameters, rate, weight_decay: 0.01),
        "SGD" => optim.SGD(parameters, rate, momentum: 0.9),
        _ => optim.RMSProp(parameters, rate, momentum: 0.9),
    };

    /// <summary>Returns the optimizer's state for each parameter.</summary>
    private static Tensor[] CopyOfState(optim.Optimizer optimizer) =>
    [
        .. ((OptimizerHelper)optimizer).state_dict().State.SelectMany(
            state => state.GetType()
                .GetFields(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)
                .Select(field => field.GetValue(state)).OfType<Tensor>()).Where(tensor => !tensor.IsInvalid).Select(tensor =>
                    tensor.detach().clone().DetachFromDisposeScope()),
    ];

    private sealed class Both(IProgress<TrainingProgress> log, Action look) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            log.Report(value);
            look();
        }
    }

    private sealed class ListOfWarnings : ILogger
    {
        public List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                Warnings.Add(formatter(state, exception));
        }
    }
}
