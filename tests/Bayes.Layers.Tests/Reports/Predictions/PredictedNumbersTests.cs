using Bayes.Layers.Reports;
using Bayes.Layers.Reports.Predictions;

namespace Bayes.Layers.Tests.Reports.Predictions;

public sealed class PredictedNumbersTests : TorchTest
{
    [Fact]
    public void Normal_distributions_as_numbers_give_the_report_of_normal_distributions()
    {
        Tensor mean = Normal(60), stddev = Normal(60).exp(), targets = mean + stddev * Normal(60);
        var upTo = ((targets - mean) / stddev / Math.Sqrt(2)).erf().mul(0.5).add(0.5);
        double[] means = Values(mean), stddevs = Values(stddev), observed = Values(targets);
        var predicted = new PredictedNumbers
        {
            Observed = observed,
            Mean = means,
            TotalStddev = stddevs,
            EpistemicStddev = [.. stddevs.Select(each => 0.6 * each)],
            AleatoricStddev = [.. stddevs.Select(each => 0.8 * each)],
            Below = Values(upTo),
            UpTo = Values(upTo),
            LogDensity = [.. observed.Select((y, row) =>
                -0.5 * Math.Pow((y - means[row]) / stddevs[row], 2) - Math.Log(stddevs[row]) - 0.5 * Math.Log(2 * Math.PI))],
            Interval = mass =>
            {
                var half = stddev * Math.Sqrt(2) * tensor(mass, float64).erfinv();
                return (Values(mean - half), Values(mean + half));
            },
        };
        string found = Report.OfNumbers(predicted).ToHtml(), expected = Report.OfNormal(mean, stddev, targets).ToHtml();
        foreach (string title in new[] { "Intervals</h3>" })
            Part(found, title).Should().Be(Part(expected, title));
        NumberAfter(found, "Negative log-likelihood").Should().Be(NumberAfter(expected, "Negative log-likelihood"));
        NumberAfter(found, "Calibration error of the quantiles").Should().Be(NumberAfter(expected, "Calibration error of the quantiles"));
        found.Should().Contain("Residuals").And.Contain("Nats per target, of the predicted distributions");
        expected.Should().NotContain("Residuals");
    }

    [Fact]
    public void A_level_within_the_jump_of_a_count_counts_the_share_of_the_jump()
    {
        // One row whose distribution function jumps from 0.2 to 0.8: the curve is (level − 0.2) / 0.6 there.
        var predicted = new PredictedNumbers
        {
            Observed = [1, 1], Mean = [1, 1], TotalStddev = [1, 1], EpistemicStddev = [0.5, 0.5], AleatoricStddev = [0.8, 0.8],
            Below = [0.2, 0.2], UpTo = [0.8, 0.8], LogDensity = [Math.Log(0.6), Math.Log(0.6)], Interval = _ => ([0, 0], [2, 2]),
        };
        double[] levels = [.. Enumerable.Range(1, 19).Select(index => index / 20.0)];
        double error = levels.Average(level => Math.Abs(level - Math.Clamp((level - 0.2) / 0.6, 0, 1)));
        NumberAfter(Report.OfNumbers(predicted).ToHtml(), "Calibration error of the quantiles").Should().Be(
            error.ToString("F3", System.Globalization.CultureInfo.InvariantCulture));
    }

    // The table after a heading.
    private static string Part(string page, string start)
    {
        int from = page.IndexOf(start, StringComparison.Ordinal);
        return from < 0 ? "" : page[from..page.IndexOf("</table>", from, StringComparison.Ordinal)];
    }

    private static string NumberAfter(string page, string name)
    {
        string rest = page[page.LastIndexOf(name, StringComparison.Ordinal)..];
        return System.Text.RegularExpressions.Regex.Match(rest, @"<td class=""value"">([^<]*)<").Groups[1].Value;
    }
}
