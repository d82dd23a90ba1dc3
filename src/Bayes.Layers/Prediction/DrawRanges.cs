namespace Bayes.Layers.Prediction;

/// <summary>Which draws of a seed a prediction rests on: ascending ranges that do not touch.</summary>
internal sealed class DrawRanges
{
    private readonly (int First, int End)[] _ranges;

    private DrawRanges((int First, int End)[] ranges) => _ranges = ranges;

    /// <summary>Gets the ranges in order: the first draw of each, its count of draws, and the count of draws in the ranges before it.</summary>
    public IEnumerable<(int First, int Count, int Offset)> Ranges
    {
        get
        {
            int offset = 0;
            foreach (var (first, end) in _ranges)
            {
                yield return (first, end - first, offset);
                offset += end - first;
            }
        }
    }

    /// <summary>Gets the number of the lowest draw.</summary>
    public int First => _ranges[0].First;

    /// <summary>Returns draws <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> − 1.</summary>
    public static DrawRanges From(int first, int count) => new([(first, first + count)]);

    /// <summary>Determines whether these are the same draws.</summary>
    public bool AreThoseOf(DrawRanges other) => _ranges.AsSpan().SequenceEqual(other._ranges);

    /// <summary>Returns both together.</summary>
    /// <exception cref="ArgumentException">They share a draw.</exception>
    public DrawRanges With(DrawRanges other)
    {
        var merged = new List<(int First, int End)>();
        foreach (var range in _ranges.Concat(other._ranges).OrderBy(range => range.First))
        {
            if (merged.Count == 0 || merged[^1].End < range.First)
                merged.Add(range);
            else if (merged[^1].End == range.First)
                merged[^1] = (merged[^1].First, range.End);
            else
                throw new ArgumentException(
                    $"The predictions overlap: draws {this} and draws {other} share draw {range.First}; expected each draw once.", nameof(other));
        }
        return new DrawRanges([.. merged]);
    }

    /// <summary>Returns a text such as "0 to 49, 60 to 99".</summary>
    public override string ToString() => string.Join(", ", _ranges.Select(range => $"{range.First} to {range.End - 1}"));
}
