namespace Bayes.Layers.Kernels;

/// <summary>Numbers of single precision, side by side in one register of any width, so that the same code runs on every processor.</summary>
/// <remarks>An implementation holds its numbers and nothing else, so that a span of floats can be read as a span of lanes.</remarks>
internal interface ILanes<TSelf> where TSelf : struct, ILanes<TSelf>
{
    /// <summary>Gets the number of lanes.</summary>
    static abstract int Count { get; }

    /// <summary>Returns lanes that all hold one number.</summary>
    static abstract TSelf Create(float value);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary>Computes left · right + addend, rounded once if the processor can.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>Returns the magnitudes.</summary>
    static abstract TSelf Abs(TSelf value);

    /// <summary>Returns the square roots.</summary>
    static abstract TSelf Sqrt(TSelf value);

    /// <summary>Returns the magnitudes of the first with the signs of the second.</summary>
    static abstract TSelf CopySign(TSelf value, TSelf sign);

    /// <summary>Selects <paramref name="then"/> where left is less than right, and <paramref name="otherwise"/> elsewhere, including NaN.</summary>
    static abstract TSelf WhereLess(TSelf left, TSelf right, TSelf then, TSelf otherwise);

    /// <summary>Selects <paramref name="then"/> where a value is NaN, and <paramref name="otherwise"/> elsewhere.</summary>
    static abstract TSelf WhereNaN(TSelf value, TSelf then, TSelf otherwise);

    /// <summary>Computes 2ⁿ of whole numbers n from −126 to 127, given n + <see cref="FloatBits.Rounding"/>.</summary>
    static abstract TSelf PowerOfTwo(TSelf rounded);

    /// <summary>Splits positive normal numbers into mantissas in [√½, √2) and powers of two.</summary>
    /// <returns>The exponents of the powers, and the mantissas.</returns>
    static abstract (TSelf Exponent, TSelf Mantissa) Split(TSelf positive);
}
