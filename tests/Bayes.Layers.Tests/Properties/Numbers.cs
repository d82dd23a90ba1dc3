namespace Bayes.Layers.Tests.Properties;

/// <summary>The kinds of numbers in a tensor.</summary>
internal enum Numbers
{
    /// <summary>Draws from N(0, 1).</summary>
    Normal,

    /// <summary>In [0, 1].</summary>
    Unit,

    /// <summary>In [0, 1], with sum one along the last axis.</summary>
    Shares,

    /// <summary>0 or 1.</summary>
    Bits,

    /// <summary>0 to 3.</summary>
    Classes,

    /// <summary>All zero.</summary>
    Zeros,

    /// <summary>All one.</summary>
    Ones,

    /// <summary>Finite, and large, small or zero: ±1e30, ±1e-30, ±1e-40, ±1, 0.</summary>
    Extremes,

    /// <summary>Draws from N(0, 1), one of which is NaN, ∞ or −∞.</summary>
    Broken,

    /// <summary>Any of them, finite or not.</summary>
    Anything,
}
