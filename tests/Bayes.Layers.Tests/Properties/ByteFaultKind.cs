namespace Bayes.Layers.Tests.Properties;

/// <summary>What may happen to a file.</summary>
internal enum ByteFaultKind
{
    /// <summary>A bit is another.</summary>
    Flip,

    /// <summary>The end is missing.</summary>
    Cut,

    /// <summary>The beginning is missing.</summary>
    CutStart,

    /// <summary>Some bytes are missing.</summary>
    Remove,

    /// <summary>Some bytes are between others.</summary>
    Insert,

    /// <summary>Some bytes are others.</summary>
    Overwrite,

    /// <summary>Some bytes are there twice.</summary>
    Repeat,

    /// <summary>A number is another, or something else.</summary>
    Number,

    /// <summary>Two numbers that follow one another are in each other's place.</summary>
    SwapNumbers,
}
