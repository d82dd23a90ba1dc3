using Bayes.Layers.Likelihoods;
using Bayes.Layers.Reports;
using Bayes.Layers.Reports.Figures;
using Bayes.Layers.Reports.Predictions;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>Makes the page about a model of a table.</summary>
internal static class TabularReport
{
    private const int MostRowsOfTable = 30;

    /// <summary>Returns the report of a regression.</summary>
    public static Report Of(TabularRegression model, Table heldOut, int repetitions, CancellationToken cancellationToken)
    {
        RefuseEmpty(heldOut);
        double[] observed = model.TargetOf(heldOut);
        using var prediction = model.Predict(heldOut, cancellationToken);
        var upTo = prediction.CumulativeProbability(observed, cancellationToken);
        var report = Report.OfNumbers(new PredictedNumbers
        {
            Observed = observed,
            Mean = prediction.Mean,
            TotalStddev = prediction.TotalStddev,
            EpistemicStddev = prediction.EpistemicStddev,
            AleatoricStddev = prediction.AleatoricStddev,
            Below = model.Likelihood is CountLikelihood
                ? prediction.CumulativeProbability([.. observed.Select(count => count - 1)], cancellationToken) : upTo,
            UpTo = upTo,
            LogDensity = prediction.LogDensityOf(observed, cancellationToken),
            Interval = mass => prediction.IntervalOrQuantiles(mass, cancellationToken),
        }).WithTarget(model.Target);
        return WithTable(report, model, heldOut, prediction.Report, "RMSE", repetitions, cancellationToken);
    }

    /// <summary>Returns the report of a classification.</summary>
    public static Report Of(TabularClassification model, Table heldOut, int repetitions, CancellationToken cancellationToken)
    {
        RefuseEmpty(heldOut);
        int[] observed = model.ClassesOf(heldOut);
        var prediction = model.Predict(heldOut, cancellationToken);
        using var scope = NewDisposeScope();
        // Two classes are reported by the probability of the second.
        var report = (model.Classes.Count == 2
            ? Report.OfProbabilities(
                tensor([.. prediction.ProbabilityOf(model.Classes[1])]), tensor([.. observed.Select(index => (double)index)]))
            : Report.OfProbabilities(tensor(prediction.Probabilities), tensor([.. observed.Select(index => (long)index)])))
            .WithClassNames(model.Classes)
            .WithMetrics(
                new ReportMetric("Total entropy", NumberText.Share(prediction.TotalEntropy.Average()), "Nats per row: how unsure the class is."),
                new ReportMetric(
                    "Expected entropy", NumberText.Share(prediction.ExpectedEntropy.Average()), "Nats per row: the part that is in the data."),
                new ReportMetric(
                    "Mutual information", NumberText.Share(prediction.MutualInformation.Average()),
                    "Nats per row: the part that the model does not know."),
                new ReportMetric("Temperature", NumberText.Quantity(model.Temperature), "The logits of all functions are divided by it."));
        return WithTable(report, model, heldOut, prediction.Report, "share of wrong classes", repetitions, cancellationToken);
    }

    private static void RefuseEmpty(Table heldOut)
    {
        ArgumentNullException.ThrowIfNull(heldOut);
        if (heldOut.RowCount < 2)
            throw new ArgumentException(
                $"The table has {TextValues.Count(heldOut.RowCount, "row")} to report on; expected at least 2.", nameof(heldOut));
    }

    private static Report WithTable(
        Report report, IScoredModel model, Table heldOut, EncodingReport unusual, string error, int repetitions,
        CancellationToken cancellationToken)
    {
        var networks = model.Networks;
        var summary = networks.Summary;
        return report
            .WithTitle($"{model.Target}, predicted from a table")
            .WithLead(
                $"{TextValues.Count(networks.Ensemble.Members.Count, "Bayesian network")} trained on {NumberText.Count(summary.Rows)} rows with "
                + $"{TextValues.Count(summary.Features, "feature")} of {TextValues.Count(summary.Columns.Count, "column")}, and compared with "
                + $"{NumberText.Count(heldOut.RowCount)} rows that were held out.")
            .WithAppendix(Importance(model, heldOut, error, repetitions, cancellationToken))
            .WithAppendix(Unusual(unusual))
            .WithAppendix(Columns(summary))
            .WithAppendix(Members(summary))
            .WithSettings(
                new ReportSetting("draws of a prediction", NumberText.Count(networks.Draws)),
                new ReportSetting("seed", networks.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static ReportSection Importance(
        IScoredModel model, Table heldOut, string error, int repetitions, CancellationToken cancellationToken)
    {
        var all = PermutedColumns.Measure(model, heldOut, repetitions, model.Networks.Seed, null, cancellationToken);
        var scales = ColumnScales.Of(model.Networks).ToDictionary(scale => scale.Column, scale => scale.Scale, StringComparer.Ordinal);
        return new ReportSection("Which columns matter")
        {
            Introduction = $"Values of one column were exchanged among the rows, {TextValues.Count(repetitions, "time")}. The drop says by how much "
                + "less probable the targets become, in nats per row. Columns that say the same share their importance.",
            Figures =
            [
                ReportFigure.Of(
                    NamedIntervalFigure.Draw(
                        [.. all.Select(each => (each.Column, each.Drop, each.Lower, each.Upper))], "drop in log density (nats per row)",
                        "drop, 95 % interval", "Importance of the columns"),
                    "An interval that contains 0 says that the column may not matter."
                    + (all.Count > NamedIntervalFigure.MostNames ? $" The first {NamedIntervalFigure.MostNames} of {all.Count} columns." : ""),
                    $"Drops of the log density; the most important column is {all[0].Column} with {NumberText.Quantity(all[0].Drop)} nats."),
            ],
            Tables =
            [
                new ReportTable(
                    "Importance", ["column", "drop (nats)", "95 % interval", $"rise of the {error}", "learned scale"],
                    [.. all.Take(MostRowsOfTable).Select(each => (IReadOnlyList<string>)
                    [
                        each.Column, NumberText.Quantity(each.Drop), $"{NumberText.Quantity(each.Lower)} to {NumberText.Quantity(each.Upper)}",
                        NumberText.Quantity(each.ErrorRise), NumberText.Quantity(scales[each.Column]),
                    ])],
                    "The learned scale is how strongly the first layers may use the column." + OnlyFirst(all.Count)),
            ],
        };
    }

    private static ReportSection Unusual(EncodingReport report)
    {
        var columns = report.Columns.Where(column => !column.IsEmpty).ToArray();
        return new ReportSection("Unusual values of the held-out rows")
        {
            Paragraphs = columns.Length > 0 ? []
                : ["No value is missing, no category is unknown, and no number is outside the range of the training rows."],
            Tables = columns.Length == 0 ? [] :
            [
                new ReportTable(
                    "Unusual values", ["column", "missing", "unknown category", "out of range", "infinite", "not a date"],
                    [.. columns.Take(MostRowsOfTable).Select(each => (IReadOnlyList<string>)
                    [
                        each.Column, NumberText.Count(each.Missing), NumberText.Count(each.UnknownCategories), NumberText.Count(each.OutOfRange),
                        NumberText.Count(each.Infinite), NumberText.Count(each.UnreadableDates),
                    ])],
                    "Counts of rows. Infinite numbers and unreadable dates count as missing." + OnlyFirst(columns.Length)),
            ],
        };
    }

    private static ReportSection Columns(TabularSummary summary) => new("What was done to the columns")
    {
        Tables =
        [
            new ReportTable(
                "Columns", ["column", "kind", "features", "missing", "values"],
                [.. summary.Columns.Take(MostRowsOfTable).Select(each => (IReadOnlyList<string>)
                    [each.Column, $"{each.Kind}", NumberText.Count(each.Features), NumberText.Count(each.Missing), each.Values])],
                "Of the training rows." + OnlyFirst(summary.Columns.Count)),
        ],
    };

    private static ReportSection Members(TabularSummary summary) => new("The networks")
    {
        Tables =
        [
            new ReportTable(
                "Networks", ["activation and end", "hidden units", "loss", "weight", "steps"],
                [.. summary.Members.Select(each => (IReadOnlyList<string>)
                [
                    each.Kind, string.Join(", ", each.Hidden.Select(units => NumberText.Count(units))), NumberText.Share(each.Loss),
                    NumberText.Share(each.Weight), NumberText.Count(each.Steps),
                ])],
                "The loss is the negative ELBO in nats per training row; a network of weight 0 was left out for its loss."),
        ],
    };

    private static string OnlyFirst(int count) => count > MostRowsOfTable ? $" The first {MostRowsOfTable} of {count} columns." : "";
}
