namespace Bayes.Layers.Prediction;

/// <summary>Assigns draws to the members of a mixture: each draw to a fixed one, whatever block it is drawn in.</summary>
/// <remarks>
/// After any number n of draws, a member of weight w has had n · w draws to less than one (Tijdeman 1980, "The chairman assignment
/// problem", theorem 1). With equal weights the members take turns.
/// </remarks>
internal sealed class DrawShares
{
    private readonly int[][] _places;
    private readonly int[] _before;

    private DrawShares(int[] before, int[][] places) => (_before, _places) = (before, places);

    /// <summary>Assigns draws <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> − 1.</summary>
    /// <param name="weights">The weights of the members, which add up to 1; null for equal ones.</param>
    /// <param name="members">M, how many members there are.</param>
    /// <param name="first">The number of the first draw.</param>
    /// <param name="count">How many draws.</param>
    public static DrawShares Of(IReadOnlyList<double>? weights, int members, int first, int count)
    {
        var places = new List<int>[members];
        foreach (ref var each in places.AsSpan())
            each = [];
        var counts = CountsBefore(weights, members, first);
        int[] before = [.. counts];
        for (int place = 0; place < count; place++)
        {
            long draw = (long)first + place;
            int next = weights is null ? (int)(draw % members) : Next(weights, counts, draw + 1);
            counts[next]++;
            places[next].Add(place);
        }
        return new DrawShares(before, [.. places.Select(each => each.ToArray())]);
    }

    /// <summary>Returns how many of a member's own draws come before the first of these.</summary>
    public int Before(int member) => _before[member];

    /// <summary>Returns a member's draws among some of these: how many of its own come before them, and their places among them.</summary>
    /// <param name="member">The member.</param>
    /// <param name="offset">The first of the draws, counted from the first of these.</param>
    /// <param name="count">How many draws.</param>
    public (int Offset, int[] Places) Of(int member, int offset, int count)
    {
        int from = PlacesBefore(offset), to = PlacesBefore(offset + count);
        return (from, [.. _places[member].AsSpan(from..to).ToArray().Select(place => place - offset)]);

        int PlacesBefore(int end)
        {
            int found = Array.BinarySearch(_places[member], end);
            return found < 0 ? ~found : found;
        }
    }

    private static int[] CountsBefore(IReadOnlyList<double>? weights, int members, int first)
    {
        if (weights is null)
            return [.. Enumerable.Range(0, members).Select(member => (int)(((long)first - member + members - 1) / members))];
        var counts = new int[members];
        for (long draw = 1; draw <= first; draw++)
            counts[Next(weights, counts, draw)]++;
        return counts;
    }

    // Returns the member whose next draw is due first, among those that are owed enough.
    private static int Next(IReadOnlyList<double> weights, int[] counts, long draws)
    {
        double slack = weights.Count == 1 ? 0 : 1.0 / (2 * weights.Count - 2), soonest = double.PositiveInfinity;
        int next = 0;
        for (int member = 0; member < weights.Count; member++)
        {
            double owed = weights[member] * draws - counts[member], due = (1 - slack - owed) / weights[member];
            if (owed >= slack && due < soonest)
                (next, soonest) = (member, due);
        }
        return next;
    }
}
