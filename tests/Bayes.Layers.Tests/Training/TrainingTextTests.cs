using Bayes.Layers.Estimators;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Training;

/// <summary>The texts of a training, which are the same in every culture.</summary>
public sealed class TrainingTextTests : TorchTest
{
    private static TrainingEpoch Epoch(int number, double loss, double? validation = null, long refused = 0, double beta = 1) => new()
    {
        Number = number, Loss = loss, NegativeLogLikelihood = loss - 0.1, KlDivergence = 12.3456, Beta = 1, EffectiveBeta = beta,
            ValidationLogDensity = validation, LearningRate = 0.001,
        GradientNorm = 1, Examples = 100, Steps = 4, RefusedSteps = refused, Seconds = 0.5,
    };

    private static TrainingHistory History(IEnumerable<double> losses, TrainingEnd end = TrainingEnd.LastEpoch, int? best = null, long refused = 0,
        Func<int, double>? beta = null)
    {
        TrainingEpoch[] epochs =
            [.. losses.Select((loss, i) => Epoch(i + 1, loss, best is null ? null : i + 1 == best ? -0.5 : -0.75, beta: beta?.Invoke(i) ?? 1))];
        return new() { Epochs = epochs, Best = best is { } number ? epochs[number - 1] : null, IsBestRestored = best is not null, End = end,
            Steps = 4 * epochs.Length, RefusedSteps = refused, Seconds = 12.5 };
    }

    [Fact]
    public void An_epoch_is_one_line()
    {
        using var culture = new ForeignCulture();
        new TrainingProgress(Epoch(3, 0.65432, -0.61), 100, IsBest: true).ToString().Should()
            .Be("Epoch 3 of 100: loss 0.6543, -log p 0.5543, KL 12.35, validation -0.61 (best)");
        new TrainingProgress(Epoch(3, 0.65432, refused: 2), 100, IsBest: false).ToString().Should()
            .Be("Epoch 3 of 100: loss 0.6543, -log p 0.5543, KL 12.35, 2 steps refused");
    }

    [Fact]
    public void A_history_is_a_short_table()
    {
        using var culture = new ForeignCulture();
        string[] lines = History(Enumerable.Range(0, 1000).Select(i => 1 + Math.Exp(-i / 20.0)), TrainingEnd.EarlyStopping, best: 700, refused: 1)
            .ToString().Split('\n');
        lines[0].Should().Be("1,000 epochs, 4,000 steps in 12.5 s, stopped early; best epoch 700, which the model was put back to");
        lines[1].Should().Be("  epoch        loss      −log p          KL  validation");
        lines[2].Should().Be("      1           2         1.9       12.35       -0.75");
        lines.Should().Contain("    700           1         0.9       12.35        -0.5  best").And.HaveCount(2 + 9 + 1);
        lines[^1].Should().StartWith("Warning: 1 step of 4,001 had a number that was not finite");
        History([]).ToString().Should().Be("0 epochs, 0 steps in 12.5 s, to the last epoch");
        History([2, 1], TrainingEnd.Cancelled).ToString().Should().StartWith("2 epochs, 8 steps in 12.5 s, cancelled\n").And.NotContain("Warning");
    }

    [Fact]
    public void A_loss_that_still_falls_at_the_end_is_a_warning()
    {
        // Noise of 1 %.
        static double[] Losses(double epochsToFall, int epochs, double noise = 0.01) =>
            [.. Enumerable.Range(0, epochs).Select(i => 1 + 2 * Math.Exp(-i / epochsToFall) + noise * Math.Sin(1000.0 * i * i))];
        History(Losses(100, 100)).Warnings.Should().ContainSingle().Which.Should()
            .MatchRegex(@"^The loss still fell by 0\.0\d+ nats per example in the last 10 epochs; train longer");
        History(Losses(1e9, 100, noise: 0.5)).Warnings.Should().BeEmpty("it does not fall");
        History(Losses(8, 100)).Warnings.Should().BeEmpty("it has fallen");
        History(Losses(100, 100), TrainingEnd.EarlyStopping).Warnings.Should().BeEmpty("validation said when to stop");
        History(Losses(100, 100), TrainingEnd.Cancelled).Warnings.Should().BeEmpty();
        History(Losses(5, 9)).Warnings.Should().BeEmpty("nine epochs say little");
        History(Losses(100, 100), beta: i => 1 - i / 200.0).Warnings.Should().BeEmpty("the weight of the KL divergence falls, and the loss with it");
        History(Losses(100, 100).Select((loss, i) => i == 95 ? double.NaN : loss)).Warnings.Should().BeEmpty();
        History(Losses(10, 20).Select(loss => 3 - loss)).Warnings.Should().BeEmpty("it rises");
    }

    [Fact]
    public void Losses_that_only_vary_rarely_cause_a_warning()
    {
        var random = new Random(1);
        int warned = Enumerable.Range(0, 2000).Count(_ =>
            History(Enumerable.Range(0, 200).Select(i => i == 0 ? 2 : 1 + 0.1 * random.NextDouble())).Warnings.Count > 0);
        warned.Should().BeLessThan(30);
    }

    [Fact]
    public void The_text_of_options_is_one_line_of_the_settings()
    {
        using var culture = new ForeignCulture();
        new VariationalTrainerOptions { Epochs = 7, BatchSize = 5, LearningRate = 0.05, Patience = 3, Estimator = new Flipout(2), RestoreBest =
            false, ValidationSamples = 9 }.ToString().Should()
            .Be($"Epochs 7, BatchSize 5, LearningRate 0.05, Estimator {new Flipout(2)}, KlSchedule {new InitialWarmUpKl()}, Patience 3, "
                + $"ValidationSamples 9, EpochCoversDataset, MaximumRefusedInARow 10");
    }

    [Fact]
    public void A_redirected_console_gets_a_line_for_some_epochs()
    {
        using var output = new StringWriter();
        using (var progress = new ConsoleProgress(output, isTerminal: false, epochsPerLine: 4))
            for (int epoch = 1; epoch <= 10; epoch++)
                progress.Report(new TrainingProgress(Epoch(epoch, 1), 10, IsBest: false));
        output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(':')[0])
            .Should().Equal("Epoch 1 of 10", "Epoch 4 of 10", "Epoch 8 of 10", "Epoch 10 of 10");
    }

    [Fact]
    public void On_a_terminal_one_line_is_overwritten()
    {
        using var output = new StringWriter();
        using (var progress = new ConsoleProgress(output, isTerminal: true, epochsPerLine: 1))
        {
            progress.Report(new TrainingProgress(Epoch(1, 0.123456, -0.123456), 10, IsBest: true));
            progress.Report(new TrainingProgress(Epoch(2, 1), 10, IsBest: false));
        }
        string text = output.ToString();
        text.Should().EndWith(Environment.NewLine);
        string[] shown = text.TrimEnd().Split('\r', StringSplitOptions.RemoveEmptyEntries);
        shown.Should().HaveCount(2);
        shown[0].Should().StartWith("Epoch 1 of 10: loss 0.1235").And.HaveLength(79);
        shown[1].Should().MatchRegex(@"^Epoch 2 of 10: loss 1, -log p 0\.9, KL 12\.35, \d+:\d\d left *$");
        text.TrimEnd('\n', '\r').Split('\r')[^1].Should().HaveLength(79, "the old text is overwritten");
    }

    [Fact]
    public void Invalid_arguments_of_the_display_are_refused()
    {
        FluentActions.Invoking(() => new ConsoleProgress(0)).Should().Throw<ArgumentOutOfRangeException>();
        using var progress = new ConsoleProgress();
        progress.Invoking(p => p.Report(null!)).Should().Throw<ArgumentNullException>();
    }
}
