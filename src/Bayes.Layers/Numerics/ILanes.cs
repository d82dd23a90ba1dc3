namespace Bayes.Layers.Numerics;

/// <summary>Numbers of single precision side by side in one register, whatever its width: what is written for these runs on every processor.</summary>
/// <remarks>A type of these holds its numbers and nothing else, so that a span of floats can be read as a span of lanes.</remarks>
internal interface ILanes<TSelf> where TSelf : struct, ILanes<TSelf>
{
    /// <summary>How many numbers there are.</summary>
    static abstract int Count { get; }

    /// <summary>The same number in every lane.</summary>
    static abstract TSelf Create(float value);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary>left · right + addend, rounded once where the processor can.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>The numbers without their signs.</summary>
    static abstract TSelf Abs(TSelf value);

    /// <summary>The magnitudes of one with the signs of the other.</summary>
    static abstract TSelf CopySign(TSelf value, TSelf sign);

    /// <summary>Where a number is less than the other, one of two results, elsewhere (also at NaN) the other.</summary>
    static abstract TSelf WhereLess(TSelf left, TSelf right, TSelf then, TSelf otherwise);

    /// <summary>Where a number is NaN, one of two results, elsewhere the other.</summary>
    static abstract TSelf WhereNaN(TSelf value, TSelf then, TSelf otherwise);

    /// <summary>2ⁿ of whole numbers n from −126 to 127 that were rounded by adding <see cref="LaneFunctions.Rounding"/>, which is still in them.</summary>
    static abstract TSelf PowerOfTwo(TSelf rounded);

    /// <summary>Positive normal numbers as mantissas in [√½, √2) times powers of two.</summary>
    /// <returns>The powers' exponents and the mantissas.</returns>
    static abstract (TSelf Exponent, TSelf Mantissa) Split(TSelf positive);
}
