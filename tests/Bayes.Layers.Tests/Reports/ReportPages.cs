using Bayes.Layers.Diagnostics;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Reports;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Reports;

/// <summary>Reports of made-up predictions, one for each kind of target.</summary>
internal static class ReportPages
{
    private const int Rows = 60;

    /// <summary>Predicted logits of a class and classes that mostly agree with them.</summary>
    public static (Predictive Prediction, Tensor Target) Binary(int rows = Rows, long columns = 1)
    {
        var logits = Normal(8, rows, columns).add_(linspace(-4, 4, rows, float64).reshape(1, -1, 1));
        var prediction = Predictive.OfSamples(logits, new BernoulliLikelihood());
        return (prediction, (prediction.Mean + 0.2 * Normal(rows, columns) > 0.5).to(float64));
    }

    /// <summary>Predicted logits of three classes and classes that mostly agree with them.</summary>
    public static (Predictive Prediction, Tensor Target) Classes(double scale = 3)
    {
        var logits = Normal(8, Rows, 3).add_(Normal(1, Rows, 3).mul(scale));
        var prediction = Predictive.OfSamples(logits, new CategoricalLikelihood());
        return (prediction, (prediction.Mean + 0.3 * Normal(Rows, 3)).argmax(1));
    }

    /// <summary>Predicted numbers with known noise.</summary>
    public static (Predictive Prediction, Tensor Target) Numbers(double noise = 0.3)
    {
        var outputs = linspace(-1, 1, Rows, float64).reshape(1, -1, 1).add(Normal(8, Rows, 1).mul(0.1));
        var prediction = Predictive.OfSamples(outputs, new GaussianLikelihood(noise));
        return (prediction, prediction.Mean + noise * Normal(Rows, 1));
    }

    /// <summary>A history of a few epochs.</summary>
    public static TrainingHistory History(int epochs = 5) => new()
    {
        Epochs = [.. Enumerable.Range(1, epochs).Select(number => new TrainingEpoch
        {
            Number = number, Loss = 1.0 / number, NegativeLogLikelihood = 0.8 / number, KlDivergence = 3, Beta = 1, EffectiveBeta = 1,
            ValidationLogDensity = -1.1 / number, LearningRate = 0.1, GradientNorm = 1, Examples = 10, Steps = 10, RefusedSteps = 0, Seconds = 1,
        })],
        Best = null, IsBestRestored = false, End = TrainingEnd.LastEpoch, Steps = 10 * epochs, RefusedSteps = 0, Seconds = epochs,
    };

    /// <summary>A report with every part.</summary>
    public static Report Full()
    {
        var (prediction, target) = Binary();
        var (unseen, _) = Binary(20);
        using var model = new BayesianLinear(2, 1);
        return Report.Of(model, prediction, target)
            .WithTitle("A report").WithLead("What was done.").WithFindings("A finding.").WithClassNames("ill", "well")
            .WithTraining(History()).WithDiagnostics(PosteriorDiagnostics.Of(model)).WithUnseen(unseen, "other rows")
            .WithMetrics(new ReportMetric("A number", "7", "of mine"))
            .WithSection(new ReportSection("Mine")
            {
                Introduction = "Before.", Paragraphs = ["After."], Tables = [new ReportTable("Numbers", ["name", "value"], [["a", "1"]], "A note.")],
            })
            .WithSettings(new ReportSetting("Seed", "8")).WithAttribution("From nowhere.");
    }

    private static Tensor Normal(params long[] shape) => randn(shape, float64);
}
