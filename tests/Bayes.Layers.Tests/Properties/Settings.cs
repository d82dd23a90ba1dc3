using CsCheck;

namespace Bayes.Layers.Tests.Properties;

/// <summary>Values that a caller may pass as settings, sensible or not.</summary>
internal static class Settings
{
    /// <summary>Mostly between 0 and 1; also negative, zero, enormous, tiny, infinite and NaN.</summary>
    public static Gen<double> Number { get; } = Gen.Frequency(
        (6, Gen.Double[0, 1]),
        (3, Gen.Double[0.1, 10]),
        (4, Gen.OneOf(
            0, -0.0, 1, -1, 2, 0.5, 1e-300, 1e300, 1e-40, 1e40, -1e300, double.Epsilon, -double.Epsilon, double.MaxValue, double.MinValue,
            double.NaN, double.PositiveInfinity, double.NegativeInfinity)));

    /// <summary>Small sizes; also negative, zero, and larger than any memory.</summary>
    public static Gen<long> Size { get; } =
        Gen.Frequency((8, Gen.Long[1, 4]), (1, Gen.OneOf<long>(0, -1, -7, long.MinValue, int.MinValue, long.MaxValue)));

    /// <summary>Small numbers that take no memory, and any others.</summary>
    public static Gen<int> Count { get; } = Gen.Frequency((8, Gen.Int[1, 4]), (2, Gen.OneOf(0, -1, int.MinValue, int.MaxValue)));

    /// <summary>An existing device, and missing ones.</summary>
    public static Gen<Device?> Device { get; } = Gen.Frequency<Func<Device?>>(
        (12, () => null), (2, () => CPU), (1, () => new Device(DeviceType.CUDA, 0)), (1, () => new Device(DeviceType.CUDA, 99)),
        (1, () => new Device("cuda"))).Select(make => make());

    /// <summary>Types that parameters can have, and others.</summary>
    public static Gen<ScalarType?> Type { get; } = Gen.Frequency<ScalarType?>(
        (10, null), (3, ScalarType.Float64), (2, ScalarType.Float32), (1, ScalarType.Float16), (1, ScalarType.BFloat16), (1, ScalarType.Int64),
        (1, ScalarType.Bool), (1, ScalarType.ComplexFloat32));
}
