using CsCheck;

namespace Bayes.Layers.Tests.Properties;

/// <summary>Numbers that a caller may set something to, sensible or not.</summary>
internal static class Settings
{
    /// <summary>Mostly between 0 and 1; and negative, zero, enormous, tiny, infinite and NaN.</summary>
    public static Gen<double> Number { get; } = Gen.Frequency(
        (6, Gen.Double[0, 1]),
        (3, Gen.Double[0.1, 10]),
        (4, Gen.OneOf(
            0, -0.0, 1, -1, 2, 0.5, 1e-300, 1e300, 1e-40, 1e40, -1e300, double.Epsilon, -double.Epsilon, double.MaxValue, double.MinValue,
            double.NaN, double.PositiveInfinity, double.NegativeInfinity)));

    /// <summary>A small size; and negative, zero, and one for which no machine has room.</summary>
    public static Gen<long> Size { get; } = Gen.Frequency((8, Gen.Long[1, 4]), (1, Gen.OneOf<long>(0, -1, -7, long.MinValue, int.MinValue, long.MaxValue)));

    /// <summary>A small number where no room is taken for it; and any other.</summary>
    public static Gen<int> Count { get; } = Gen.Frequency((8, Gen.Int[1, 4]), (2, Gen.OneOf(0, -1, int.MinValue, int.MaxValue)));

    /// <summary>A device that there is, and those that there are not.</summary>
    public static Gen<Device?> Device { get; } = Gen.Frequency<Func<Device?>>(
        (12, () => null), (2, () => CPU), (1, () => new Device(DeviceType.CUDA, 0)), (1, () => new Device(DeviceType.CUDA, 99)), (1, () => new Device("cuda"))).Select(make => make());

    /// <summary>A type of parameters, and others.</summary>
    public static Gen<ScalarType?> Type { get; } = Gen.Frequency<ScalarType?>(
        (10, null), (3, ScalarType.Float64), (2, ScalarType.Float32), (1, ScalarType.Float16), (1, ScalarType.BFloat16), (1, ScalarType.Int64), (1, ScalarType.Bool), (1, ScalarType.ComplexFloat32));
}
