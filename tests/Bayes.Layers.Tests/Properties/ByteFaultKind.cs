namespace Bayes.Layers.Tests.Properties;

/// <summary>The kinds of faults in a file.</summary>
internal enum ByteFaultKind
{
    /// <summary>A flipped bit.</summary>
    Flip,

    /// <summary>The end is missing.</summary>
    Cut,

    /// <summary>The beginning is missing.</summary>
    CutStart,

    /// <summary>Some bytes are missing.</summary>
    Remove,

    /// <summary>Bytes are inserted.</summary>
    Insert,

    /// <summary>Bytes are replaced.</summary>
    Overwrite,

    /// <summary>Bytes are repeated.</summary>
    Repeat,

    /// <summary>A number is replaced by another one or by something else.</summary>
    Number,

    /// <summary>Two consecutive numbers are swapped.</summary>
    SwapNumbers,
}
