namespace Bayes.Layers.Prediction;

/// <summary>Which draws of a seed a prediction rests on: ascending ranges that do not touch.</summary>
internal sealed class DrawNumbers
{
    private readonly (int First, int End)[] _ranges;

    private DrawNumbers((int First, int End)[] ranges) => _ranges = ranges;

    /// <summary>The ranges in order: the number of the first draw of each, how many there are, and how many draws of ours come before.</summary>
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

    /// <summary>The number of the lowest one.</summary>
    public int First => _ranges[0].First;

    /// <summary>Draws <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> − 1.</summary>
    public static DrawNumbers From(int first, int count) => new([(first, first + count)]);

    /// <summary>Determines whether these are the same draws.</summary>
    public bool AreThoseOf(DrawNumbers other) => _ranges.AsSpan().SequenceEqual(other._ranges);

    /// <summary>Both together.</summary>
    /// <exception cref="ArgumentException">They share a draw.</exception>
    public DrawNumbers With(DrawNumbers other)
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
        return new DrawNumbers([.. merged]);
    }

    /// <summary>As in "0 to 49, 60 to 99".</summary>
    public override string ToString() => string.Join(", ", _ranges.Select(range => $"{range.First} to {range.End - 1}"));
}
