using Bayes.Layers.Logging;
using Bayes.Layers.Training;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bayes.Layers.Tests.Guides;

/// <summary>The line that the page of the package Bayes.Layers.Logging shows.</summary>
public sealed class LoggingReadmeTests : TorchTest
{
    [Fact]
    public void A_logger_is_told_of_the_training()
    {
        Tensor inputs = randn(20, 2), targets = inputs.sum(1L, keepdim: true).gt(0).to(float32);
        var logger = NullLogger.Instance;
        var trainer = new VariationalTrainer(new BayesianLinear(2, 1), ElboLoss.Bernoulli(20), new VariationalTrainerOptions { Epochs = 2, BatchSize = 10 });
        trainer.Fit(inputs, targets, progress: new LoggerProgress(logger));
    }
}
