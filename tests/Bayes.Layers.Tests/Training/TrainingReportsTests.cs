using Bayes.Layers.Logging;
using Bayes.Layers.Training;
using Microsoft.Extensions.Logging;

namespace Bayes.Layers.Tests.Training;

/// <summary>The reports of a training's epochs to TensorBoard and the log.</summary>
public sealed class TrainingReportsTests : TorchTest
{
    [Fact]
    public void Every_epoch_is_in_the_TensorBoard_events()
    {
        var folder = Directory.CreateTempSubdirectory("bayes-layers-");
        try
        {
            Train(new SummaryWriterProgress(utils.tensorboard.SummaryWriter(folder.FullName), "run"));
            byte[] events = [.. folder.GetFiles("*", SearchOption.AllDirectories).SelectMany(file => File.ReadAllBytes(file.FullName))];
            string text = System.Text.Encoding.Latin1.GetString(events);
            foreach (string name in new[] { "loss", "negative_log_likelihood", "kl_divergence", "effective_beta", "learning_rate", "gradient_norm",
                "refused_steps", "steps_per_second", "validation_log_density" })
                (text.Split($"run/{name}").Length - 1).Should().Be(3, "{0}, an event an epoch", name);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Every_epoch_is_logged_and_a_better_one_at_a_higher_level()
    {
        var logger = new ListLogger();
        var history = Train(new LoggerProgress(logger));
        logger.Events.Should().HaveCount(3);
        logger.Events[0].Level.Should().Be(LogLevel.Information, "the first is the best so far");
        logger.Events[0].Text.Should().StartWith("Epoch 1 of 3: loss ").And.Contain("validation log density");
        logger.Events[2].Fields["Loss"].Should().Be(history.Epochs[2].Loss);
        logger.Events[2].Fields["KlDivergence"].Should().Be(history.Epochs[2].KlDivergence);
    }

    [Fact]
    public void Refused_steps_are_logged_as_a_warning()
    {
        var logger = new ListLogger();
        var epoch = new TrainingEpoch
        {
            Number = 2, Loss = 1, NegativeLogLikelihood = 0.5, KlDivergence = 3, Beta = 1, EffectiveBeta = 1, ValidationLogDensity = null,
            LearningRate = 0.1, GradientNorm = 1, Examples = 10,
            Steps = 7, RefusedSteps = 1, Seconds = 1,
        };
        new LoggerProgress(logger).Report(new TrainingProgress(epoch, 5, IsBest: false));
        logger.Events.Select(each => (each.Level, each.Text)).Should().Equal(
            (LogLevel.Warning, "1 of 8 steps of epoch 2 were refused, since the loss or its gradient was not finite"),
            (LogLevel.Debug, "Epoch 2 of 5: loss 1, negative log-likelihood 0.5, KL divergence 3, learning rate 0.1"));
    }

    [Fact]
    public void Null_arguments_are_refused_by_name()
    {
        FluentActions.Invoking(() => new LoggerProgress(null!)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => new SummaryWriterProgress(null!)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => new LoggerProgress(new ListLogger()).Report(null!)).Should().Throw<ArgumentNullException>();
    }

    private static TrainingHistory Train(IProgress<TrainingProgress> progress)
    {
        var inputs = randn(20, 2);
        var targets = inputs.sum(1L, keepdim: true).gt(0).to(float32);
        using var model = new BayesianSequential(new BayesianLinear(2, 1));
        using var loss = ElboLoss.Bernoulli(20);
        return new VariationalTrainer(model, loss, new VariationalTrainerOptions { Epochs = 3 })
            .Fit(inputs, targets, validation: (inputs, targets), progress: progress);
    }

    private sealed class ListLogger : ILogger
    {
        public List<(LogLevel Level, string Text, Dictionary<string, object?> Fields)> Events { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Events.Add((logLevel, formatter(state, exception),
                ((IEnumerable<KeyValuePair<string, object?>>)(object)state!).ToDictionary(pair => pair.Key, pair => pair.Value)));
    }
}
