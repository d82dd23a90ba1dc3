namespace Bayes.Layers.Kernels;

/// <summary>Constants of single precision for exponentials and logarithms that work on a number's bits.</summary>
internal static class FloatBits
{
    /// <summary>1.5 · 2²³: adding it rounds a number of moderate size to a whole number, which the lowest bits of the sum hold.</summary>
    public const float Rounding = 12582912f;

    /// <summary>The number of bits below the exponent.</summary>
    public const int MantissaBits = 23;

    /// <summary>The bits of √½.</summary>
    public const int BitsOfRootHalf = 0x3f3504f3;

    /// <summary>1 / log 2.</summary>
    public const float PerLog2 = 1.44269504f;

    /// <summary>log 2.</summary>
    public const float Log2 = 0.693147181f;

    /// <summary>The first of two parts of log 2: its products with whole numbers up to 2⁸ are exact.</summary>
    public const float Log2High = 0.693359375f;

    /// <summary>The second part of log 2.</summary>
    public const float Log2Low = -2.12194440e-4f;
}
