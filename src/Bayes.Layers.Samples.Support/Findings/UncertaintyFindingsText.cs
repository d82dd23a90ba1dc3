using System.Globalization;
using Bayes.Layers.Reports.Figures;

namespace Bayes.Layers.Samples.Support.Findings;

/// <summary>The findings in words. Every claim follows from a comparison of the numbers, so that other numbers give other claims.</summary>
internal static class UncertaintyFindingsText
{
    // Ratios from which something is high, or low, compared with something else. Between them it is about the same.
    private const double High = 1.25;
    private const double Low = 1 / High;

    // In nats; below this, functions agree. Two functions with probabilities of 0.48 and 0.52 have a mutual information of 0.0008.
    private const double Agreement = 1e-3;

    // Share of the total from which only the aleatoric part matters.
    private const double NearlyAll = 0.8;

    // With a space at which no line breaks.
    private const string PercentSign = "\u00A0%";

    /// <summary>
    /// Returns three paragraphs: where the epistemic part is high, whether it is high along the boundary in the overlap, and the aleatoric part.
    /// </summary>
    /// <param name="findings">The numbers.</param>
    /// <param name="features">The names of the two features.</param>
    public static IReadOnlyList<string> Paragraphs(UncertaintyFindings findings, AxisNames features) =>
        [Where(findings, features), InOverlap(findings), Aleatoric(findings)];

    private static string Where(UncertaintyFindings findings, AxisNames features)
    {
        HighestEpistemic highest = findings.Highest;
        if (highest.Epistemic < Agreement)
            return $"The functions agree: the epistemic part of the uncertainty is nowhere above {Nats(highest.Epistemic)}.";
        string near = highest.Near switch
        {
            0 => "no case lies",
            1 => "1 case lies",
            _ => string.Create(CultureInfo.InvariantCulture, $"{highest.Near} cases lie"),
        };
        return "The epistemic part of the uncertainty, what the functions disagree on, averages "
            + $"{Nats(findings.Map.MeanEpistemic)} over the map. It is highest, {Nats(highest.Epistemic)}, "
            + $"at {features.X} {Place(highest.X)} and {features.Y} {Place(highest.Y)}: "
            + $"there the probability is {Number(highest.Probability)}, and {near} within "
            + $"{Setting(UncertaintyFindings.Radius)} standardised units. "
            + $"Of the tenth of the map where it is highest, {Percent(findings.FewData.ShareOfHighest)} has fewer than "
            + $"{UncertaintyFindings.FewPoints} cases that near (of the whole map {Percent(findings.FewData.Share)}), and "
            + $"{Percent(findings.Boundary.ShareOfHighest)} is along the boundary, where the probability is within "
            + $"{Setting(UncertaintyFindings.BoundaryWidth)} of one half (of the whole map {Percent(findings.Boundary.Share)}). "
            + Conclusion(findings);
    }

    private static string Conclusion(UncertaintyFindings findings) =>
        (HoldsMuchOfHighest(findings.FewData), HoldsMuchOfHighest(findings.Boundary)) switch
        {
            (true, true) => "So it is high where data are few and along the boundary.",
            (true, false) => "So it is high where data are few, and not for being along the boundary.",
            (false, true) => "So it is high along the boundary, and not for lack of data.",
            (false, false) => "So neither few data nor the boundary tell where it is high.",
        };

    // Determines whether a cell of the region is more often among the highest than a cell of the rest of the map. Not of the whole map, because
    // the region may be most of it.
    private static bool HoldsMuchOfHighest(MapRegion region) =>
        region.ShareOfHighest * (1 - region.Share) > High * (1 - region.ShareOfHighest) * region.Share;

    private static string InOverlap(UncertaintyFindings findings)
    {
        const string Question = "Is it high along the boundary where the classes overlap";
        MapRegion overlap = findings.BoundaryInOverlap;
        if (overlap.MeanEpistemic is not { } here || findings.Map.MeanEpistemic is not { } everywhere)
            return $"{Question}? The boundary runs nowhere where both classes have cases near, so this cannot be said.";

        // A mean above the map's is not enough to be among the highest: most of a map is far from the boundary, and low.
        string answer = (Compare(here, everywhere), HoldsMuchOfHighest(overlap)) switch
        {
            (Comparison.Higher, true) => "Yes",
            (Comparison.Higher, false) => "Higher than on average, but not among the highest",
            (_, true) => "In places",
            (Comparison.Lower, _) => "No",
            _ => "No more than elsewhere",
        };
        string few = findings.BoundaryWithFewData.MeanEpistemic is not { } there
            ? "Nowhere does the boundary run where data are few."
            : Compare(there, here) switch
            {
                Comparison.Higher => $"Along the boundary where data are few it is higher: {Nats(there)}{Times(there, here, " as much")}.",
                Comparison.Lower => $"Along the boundary where data are few it is lower: {Nats(there)}{Times(there, here, " as much")}.",
                _ => $"Along the boundary where data are few it is about the same: {Nats(there)}.",
            };
        return $"{Question}, with at least {UncertaintyFindings.EnoughOfEachClass} cases of each that near? {answer}: "
            + $"there it averages {Nats(here)}{Times(here, everywhere, " the mean over the map")}, and "
            + $"{Percent(overlap.ShareOfHighest)} of the highest tenth lies there (of the whole map {Percent(overlap.Share)}). {few}";
    }

    private static string Aleatoric(UncertaintyFindings findings)
    {
        MapRegion overlap = findings.BoundaryInOverlap;
        if (overlap.MeanAleatoric is not { } here || overlap.MeanEpistemic is not { } epistemic || findings.Map.MeanAleatoric is not { } everywhere)
            return $"The aleatoric part, what lies in the data, averages {Nats(findings.Map.MeanAleatoric)} over the map.";
        double share = Share(here, epistemic);
        string meaning = share switch
        {
            >= NearlyAll => "The model puts it down mainly to classes that overlap, not to what it does not know: "
                + "more cases with the same two features would change little.",
            >= 0.5 => "Most of the uncertainty there lies in the data; the rest is what the model does not know, and more cases would lessen it.",
            _ => "Less than half of the uncertainty there lies in the data: most is what the model does not know, and more cases would lessen it.",
        };
        string level = Compare(here, everywhere) switch
        {
            Comparison.Higher => "high",
            Comparison.Lower => "low",
            _ => "much as elsewhere",
        };
        string few = findings.BoundaryWithFewData is { MeanAleatoric: { } aleatoric, MeanEpistemic: { } other }
            ? $" Along the boundary where data are few it is {Nats(aleatoric)}, {Percent(Share(aleatoric, other))} of the total."
            : "";
        return $"The aleatoric part, what lies in the data, is {level} along the boundary where the classes overlap: it averages "
            + $"{Nats(here)}{Times(here, everywhere, " the mean over the map")}. It is {Percent(share)} of the total uncertainty there, "
            + $"which for two classes is {Nats(Math.Log(2))} (ln 2) at most. {meaning}{few}";
    }

    private static Comparison Compare(double value, double reference) =>
        value > High * reference ? Comparison.Higher : value < Low * reference ? Comparison.Lower : Comparison.Alike;

    private static double Share(double part, double rest) => part + rest > 0 ? part / (part + rest) : 0;

    private static string Times(double value, double reference, string what) =>
        reference > 0 ? $", {Number(value / reference)} times{what}" : "";

    private static string Nats(double? value) => $"{Number(value ?? 0)} nats";

    private static string Place(double value) => value.ToString("0.00;\u22120.00", CultureInfo.InvariantCulture);

    private static string Setting(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share) switch
    {
        > 0 and < 0.05 => "less than 0.1" + PercentSign,
        0 or >= 9.95 => (100 * share).ToString("0", CultureInfo.InvariantCulture) + PercentSign,
        _ => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + PercentSign,
    };

    // Two significant digits, without an exponent.
    private static string Number(double value)
    {
        if (value is > 0 and < 0.0001)
            return "less than 0.0001";
        if (value <= 0)
            return "0";
        string scientific = value.ToString("E1", CultureInfo.InvariantCulture);
        int exponent = int.Parse(scientific.AsSpan(scientific.IndexOf('E') + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return value.ToString("F" + Math.Max(0, 1 - exponent), CultureInfo.InvariantCulture);
    }

    private enum Comparison
    {
        Lower,
        Alike,
        Higher,
    }
}
