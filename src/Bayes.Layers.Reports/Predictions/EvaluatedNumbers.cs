using Bayes.Layers.Evaluation;
using Bayes.Layers.Reports.Figures;
using static Bayes.Layers.Reports.Predictions.NumberText;
using static TorchSharp.torch;

namespace Bayes.Layers.Reports.Predictions;

/// <summary>Predicted numbers: real or counts, one or several for each example.</summary>
internal sealed class EvaluatedNumbers : EvaluatedPrediction
{
    private const double Mass = 0.9;

    // Levels of the calibration: 0.05, 0.10, … 0.95.
    private const int Levels = 19;

    private static readonly double[] Masses = [0.5, 0.8, Mass, 0.95];

    private readonly RegressionReport _report;
    private readonly IReadOnlyList<CoveragePoint> _levels;
    private readonly IReadOnlyList<(double Mass, IntervalCoverage Coverage)> _coverages;
    private readonly (double Mean, double Low, double High, double Observed)[] _rows;

    private EvaluatedNumbers(
        RegressionReport report, IReadOnlyList<CoveragePoint> levels, IReadOnlyList<(double Mass, IntervalCoverage Coverage)> coverages,
        (double Mean, double Low, double High, double Observed)[] rows)
    {
        _report = report;
        _levels = levels;
        _coverages = coverages;
        _rows = rows;
    }

    /// <inheritdoc/>
    public override long Count => _report.Count;

    // How the distributions were taken, for the text.
    private bool IsExact { get; init; }

    // Whether the log-likelihood is that of the predicted distributions.
    private bool HasExactDensity { get; init; }

    private bool HasResiduals { get; init; }

    private IReadOnlyList<RejectionLine> Rejections { get; init; } = [];

    private (double Aleatoric, double Epistemic)? Parts { get; init; }

    /// <summary>Compares a prediction with the targets: by the predicted distributions if the samples were kept, else by normal ones.</summary>
    public static EvaluatedPrediction Of(Predictive prediction, Tensor targets)
    {
        if (!prediction.HasSamples)
            return OfNormal(
                prediction.Mean, prediction.TotalStddev, targets, prediction.SamplesUsed > 1 ? prediction.EpistemicStddev : null,
                ReadTensor.Doubles(prediction.AleatoricStddev).Average());
        using var scope = NewDisposeScope();
        var report = RegressionReport.Of(prediction, targets, Mass);
        var intervals = Masses.Select(mass => (Mass: mass, Ends: prediction.PredictionInterval(mass))).ToArray();
        var (low, high) = intervals.Single(each => each.Mass == Mass).Ends;
        return new EvaluatedNumbers(
            report, RegressionCalibration.Of(prediction, targets).Points,
            [.. intervals.Select(each => (each.Mass, IntervalCoverage.Of(each.Ends.Lower, each.Ends.Upper, targets)))],
            Rows(prediction.Mean, low, high, targets))
        {
            IsExact = true,
            Rejections = Curves(prediction.Mean, prediction.TotalStddev, prediction.SamplesUsed > 1 ? prediction.EpistemicStddev : null, targets),
            Parts = Spread(ReadTensor.Doubles(prediction.AleatoricStddev).Average(), prediction.SamplesUsed > 1 ? prediction.EpistemicStddev : null),
        };
    }

    /// <summary>Compares normal distributions with the targets.</summary>
    public static EvaluatedPrediction OfNormal(Tensor mean, Tensor stddev, Tensor targets, Tensor? epistemic = null, double? aleatoric = null)
    {
        using var scope = NewDisposeScope();
        var report = RegressionReport.Of(mean, stddev, targets, Mass);
        double width = (report.Coverage.MeanWidth / 2) / ReadTensor.Doubles(stddev).Average();
        var half = stddev.mul(width);
        return new EvaluatedNumbers(
            report, RegressionCalibration.OfNormal(mean, stddev, targets).Points,
            [.. Masses.Select(mass => (mass, IntervalCoverage.OfNormal(mean, stddev, targets, mass)))],
            Rows(mean, mean.sub(half), mean.add(half), targets))
        {
            IsExact = false,
            Rejections = Curves(mean, stddev, epistemic, targets),
            Parts = aleatoric is { } noise ? Spread(noise, epistemic) : null,
        };
    }

    /// <summary>Compares predicted distributions with what was observed.</summary>
    public static EvaluatedPrediction Of(PredictedNumbers predicted)
    {
        using var scope = NewDisposeScope();
        Tensor mean = Vector(predicted.Mean), total = Vector(predicted.TotalStddev), targets = Vector(predicted.Observed);
        var intervals = Masses.Select(mass => (Mass: mass, Ends: predicted.Interval(mass))).ToArray();
        var (low, high) = intervals.Single(each => each.Mass == Mass).Ends;
        var epistemic = Vector(predicted.EpistemicStddev);
        return new EvaluatedNumbers(
            RegressionReport.Of(mean, total, targets, Mass) with { NegativeLogLikelihood = -predicted.LogDensity.Average() },
            [.. Enumerable.Range(1, Levels).Select(index => PointAt((double)index / (Levels + 1), predicted))],
            [.. intervals.Select(each => (each.Mass, IntervalCoverage.Of(Vector(each.Ends.Lower), Vector(each.Ends.Upper), targets)))],
            Rows(mean, Vector(low), Vector(high), targets))
        {
            IsExact = true,
            HasExactDensity = true,
            HasResiduals = true,
            Rejections = Curves(mean, total, epistemic, targets),
            Parts = (predicted.AleatoricStddev.Average(), predicted.EpistemicStddev.Average()),
        };
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ReportMetric> Headlines(ReportNames names) =>
    [
        new($"RMSE{InParentheses(names.Unit)}", Quantity(_report.RootMeanSquaredError)),
        new($"CRPS{InParentheses(names.Unit)}", Quantity(_report.ContinuousRankedProbabilityScore)),
        new("negative log-likelihood, nats", Quantity(_report.NegativeLogLikelihood)),
        new($"targets inside their {100 * Mass:0}\u00A0% interval", Percent(OfMass.Share)),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Findings(ReportNames names)
    {
        var expected = WilsonInterval.Of(OfMass.Share, OfMass.Count);
        string verdict = Mass >= expected.Low && Mass <= expected.High ? "as many as they should, within the error of counting"
            : OfMass.Share > Mass ? "more than they should, so they are wider than need be" : "fewer than they should, so they are too narrow";
        return
        [
            $"The {100 * Mass:0}\u00A0% intervals contain {Percent(OfMass.Share)} of {Count(OfMass.Count)} targets: {verdict}.",
            $"With the half of largest total uncertainty set aside, the RMSE goes from {Quantity(_report.RootMeanSquaredError)} to "
                + $"{Quantity(ErrorOnSurerHalf)}.",
        ];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ReportMetric> Metrics(ReportNames names)
    {
        var metrics = new List<ReportMetric>
        {
            new("RMSE", Quantity(_report.RootMeanSquaredError), $"Root mean squared error. {names.InUnit}"),
            new("Mean absolute error", Quantity(_report.MeanAbsoluteError), names.InUnit),
            new(
                "CRPS", Quantity(_report.ContinuousRankedProbabilityScore),
                $"Distance between predicted distribution and target, of normal distributions; lower is better. {names.InUnit}"),
            new(
                "Negative log-likelihood", Quantity(_report.NegativeLogLikelihood),
                HasExactDensity ? "Nats per target, of the predicted distributions; lower is better."
                    : "Nats per target, of normal distributions with the predicted means and standard deviations; lower is better."),
            new("Calibration error of the quantiles", Share(LevelError), $"Mean distance over {_levels.Count} levels."),
        };
        if (Parts is { } parts)
        {
            metrics.Add(new("Aleatoric standard deviation", Quantity(parts.Aleatoric), $"Mean noise in the data. {names.InUnit}"));
            metrics.Add(new(
                "Epistemic standard deviation", Quantity(parts.Epistemic), $"How much the functions disagree, on average. {names.InUnit}"));
        }
        return metrics;
    }

    /// <inheritdoc/>
    public override IEnumerable<ReportSection> Sections(ReportNames names)
    {
        int shown = Math.Min(IntervalFigure.MostRows, _rows.Length), dots = Math.Min(ObservedFigure.MostRows, _rows.Length);
        yield return new ReportSection("Predictions")
        {
            Figures =
            [
                ReportFigure.Of(
                    IntervalFigure.Draw(_rows, Mass, names.Axis, $"Predictions with {100 * Mass:0}\u00A0% intervals"),
                    $"{Count(shown)} of {Count(_rows.Length)} rows, evenly spaced in the order of their prediction.",
                    $"Predicted intervals and observed values of {shown} rows; {Percent(OfMass.Share)} of all values lie inside."),
                ReportFigure.Of(
                    ObservedFigure.Draw([.. _rows.Select(row => (row.Mean, row.Observed))], names.Axis, "Observed against predicted"),
                    $"{Count(dots)} of {Count(_rows.Length)} rows. The nearer to the dashed line, the better.",
                    $"Observed against predicted values; the root mean squared error is {Quantity(_report.RootMeanSquaredError)}."),
                .. Residuals(names),
            ],
        };
        yield return new ReportSection("Calibration")
        {
            Figures =
            [
                ReportFigure.Of(
                    QuantileFigure.Draw(_levels, Count, "Calibration of the quantiles"),
                    "The share of targets below the predicted quantile of each level. On the dashed line predictions are calibrated; a curve "
                    + "above it "
                    + "on the left and below it on the right shows intervals that are too narrow.",
                    $"Calibration curve over {_levels.Count} levels; the mean distance from the diagonal is "
                    + $"{Share(LevelError)}."),
            ],
            Paragraphs =
            [
                $"The curve lies {Share(LevelError)} from the diagonal on average. "
                + (IsExact ? "Quantiles and intervals are those of the predicted distributions, mixtures over the draws."
                    : "Quantiles and intervals are those of normal distributions with the predicted means and standard deviations."),
            ],
            Tables =
            [
                new ReportTable(
                    "Intervals", ["interval", "targets inside", $"mean width{InParentheses(names.Unit)}"],
                    [.. _coverages.Select(each => (IReadOnlyList<string>)
                        [Percent(each.Mass), Percent(each.Coverage.Share), Quantity(each.Coverage.MeanWidth)])]),
            ],
        };
        yield return new ReportSection("Does it know when it is wrong?")
        {
            Figures =
            [
                ReportFigure.Of(
                    RejectionFigure.Draw(Rejections, $"RMSE on the rest{InParentheses(names.Unit)}", "Error when the least certain are set aside"),
                    "The error on the rest when the rows of the largest standard deviation are set aside. It falls where the uncertainty tells "
                    + "what goes "
                    + $"wrong. The curves end where fewer than {RejectionFigure.LeastRetained} rows are left.",
                    $"Curves of the root mean squared error against the share of rows set aside: {Quantity(_report.RootMeanSquaredError)} with "
                    + $"none, {Quantity(ErrorOnSurerHalf)} with the half of largest total uncertainty."),
            ],
        };
    }

    private IEnumerable<ReportFigure> Residuals(ReportNames names)
    {
        if (HasResiduals)
            yield return ReportFigure.Of(
                ResidualFigure.Draw([.. _rows.Select(row => (row.Mean, row.Observed))], names.Axis, "Residuals"),
                "Dots without a pattern around the dashed line say that the columns have no more to tell of the mean.",
                $"Observed minus predicted values against predicted ones, at most {Quantity(_rows.Max(row => Math.Abs(row.Observed - row.Mean)))} "
                + "from 0.");
    }

    private double LevelError => _levels.Average(point => Math.Abs(point.Expected - point.Observed));

    private double ErrorOnSurerHalf => Rejections[0].Places[Rejections[0].Places.Count / 2].Value;

    private IntervalCoverage OfMass => _coverages.Single(each => each.Mass == Mass).Coverage;

    private static Tensor Vector(IReadOnlyList<double> values) => tensor([.. values]);

    // The share of targets below the quantile; of a jump of counts, the share of the jump that lies below it.
    private static CoveragePoint PointAt(double level, PredictedNumbers predicted) => new(level, predicted.Below.Zip(
        predicted.UpTo, (below, upTo) => level >= upTo ? 1 : level <= below ? 0 : (level - below) / (upTo - below)).Average());

    private static string InParentheses(string unit) => unit.Length == 0 ? "" : $" ({unit})";

    private static (double Mean, double Low, double High, double Observed)[] Rows(Tensor mean, Tensor low, Tensor high, Tensor targets)
    {
        double[] means = ReadTensor.Doubles(mean), lows = ReadTensor.Doubles(low), highs = ReadTensor.Doubles(high);
        double[] observed = ReadTensor.Doubles(targets);
        return [.. means.Select((value, row) => (value, lows[row], highs[row], observed[row]))];
    }

    private static (double Aleatoric, double Epistemic)? Spread(double aleatoric, Tensor? epistemic) =>
        epistemic is null ? null : (aleatoric, ReadTensor.Doubles(epistemic).Average());

    private static RejectionLine[] Curves(Tensor mean, Tensor total, Tensor? epistemic, Tensor targets)
    {
        double[] squares = [.. ReadTensor.Doubles(mean).Zip(ReadTensor.Doubles(targets), (m, y) => (m - y) * (m - y))];
        RejectionLine byTotal = ErrorsOnTheRest("by total uncertainty", squares, ReadTensor.Doubles(total));
        return epistemic is null ? [byTotal]
            : [byTotal, ErrorsOnTheRest("by epistemic uncertainty", squares, ReadTensor.Doubles(epistemic))];
    }

    private static RejectionLine ErrorsOnTheRest(string name, double[] squares, double[] uncertainty)
    {
        double[] sorted = [.. squares.Zip(uncertainty).OrderBy(each => each.Second).Select(each => each.First)];
        var places = new RejectionPlace[sorted.Length];
        double sum = 0;
        for (int index = 0; index < sorted.Length; index++)
        {
            sum += sorted[index];
            double error = Math.Sqrt(sum / (index + 1));
            places[^(index + 1)] = new RejectionPlace((double)(sorted.Length - index - 1) / sorted.Length, index + 1, error, error, error);
        }
        return new RejectionLine(name, places);
    }
}
