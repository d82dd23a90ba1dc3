using CsCheck;

namespace Bayes.Layers.Tests.Properties;

/// <summary>The description of a tensor: shape, type, numbers, and whether its memory has another order than its axes.</summary>
internal sealed record TensorCase(long[] Shape, ScalarType Type, Numbers Numbers, bool IsTransposed, int Seed)
{
    private const int MostElements = 4_096;

    private static readonly double[] Extremes = [1e30, -1e30, 1e-30, -1e-30, 1e-40, -1e-40, 1, -1, 0, 100, -100];
    private static readonly double[] NotFinite = [double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    private static readonly Gen<ScalarType> Types = Gen.Frequency(
        (60, float32), (15, float64), (4, float16), (4, bfloat16), (8, int64), (2, int32), (1, int16), (1, int8), (2, uint8), (2, @bool),
        (1, complex64), (1, complex128));

    private static readonly Gen<long> Sizes = Gen.Frequency((2, 0L), (6, 1L), (6, 2L), (6, 3L), (3, 4L), (2, 5L), (1, 7L));

    private static readonly Gen<long[]> Shapes = Sizes.Array[0, 5]
        .Where(shape => shape.Aggregate(1L, (product, next) => product * next) <= MostElements);

    /// <summary>Generates any tensor.</summary>
    public static Gen<TensorCase> Any { get; } = Of(Shapes);

    /// <summary>Generates a tensor with a fitting shape half of the time, otherwise one that differs in an axis, or any shape.</summary>
    public static Gen<TensorCase> Near(params long[][] fitting)
    {
        var fits = Gen.OneOf(fitting);
        return Of(Gen.Frequency((6, fits), (1, Gen.Select(fits, Gen.Int[0, 4], Sizes, Resized)), (1, Gen.Select(fits, Gen.Int[0, 4], Sizes, Widened)),
            (1, fits.Select(shape => shape.Length == 0 ? shape : shape[1..])), (1, Shapes)));
    }

    public bool IsFinite => Numbers is not (Numbers.Broken or Numbers.Anything) && !(Numbers == Numbers.Extremes && Type == float16);

    /// <summary>Makes the tensor in the caller's scope.</summary>
    public Tensor Make()
    {
        var random = new Random(Seed);
        long count = Shape.Aggregate(1L, (product, next) => product * next);
        double[] values = new double[count];
        for (int i = 0; i < values.Length; i++)
            values[i] = Number(random);
        if (Numbers == Numbers.Broken && count > 0)
            values[random.Next(values.Length)] = NotFinite[random.Next(NotFinite.Length)];
        if (Numbers == Numbers.Shares && Shape.Length > 0)
            Share(values, (int)Shape[^1]);
        using var scope = NewDisposeScope();
        var made = tensor(values, Shape).to(Type);
        return (IsTransposed && Shape.Length > 1 ? made.transpose(0, -1).contiguous().transpose(0, -1) : made).MoveToOuterDisposeScope();
    }

    public override string ToString() => $"{Type} [{string.Join(", ", Shape)}] {Numbers}{(IsTransposed ? " transposed" : "")} {Seed}";

    private static Gen<TensorCase> Of(Gen<long[]> shapes) => Gen.Select(
        shapes, Types, Gen.Enum<Numbers>(), Gen.Frequency((4, false), (1, true)), Gen.Int[0, 1_000_000],
        (shape, type, numbers, isTransposed, seed) => new TensorCase(shape, type, numbers, isTransposed, seed));

    private static long[] Resized(long[] shape, int axis, long size)
    {
        long[] other = [.. shape];
        if (axis < other.Length)
            other[axis] = size;
        return other;
    }

    private static long[] Widened(long[] shape, int axis, long size)
    {
        int at = Math.Min(axis, shape.Length);
        return [.. shape[..at], size, .. shape[at..]];
    }

    private static void Share(double[] values, int width)
    {
        for (int start = 0; width > 0 && start < values.Length; start += width)
        {
            var row = values.AsSpan(start, width);
            double sum = 0;
            foreach (double value in row)
                sum += value;
            foreach (ref double value in row)
                value /= sum;
        }
    }

    // Numbers outside the range of an integer type become any number of it.
    private double Number(Random random) => Numbers switch
    {
        Numbers.Unit => random.NextDouble(),
        Numbers.Shares => 1 - random.NextDouble(),
        Numbers.Bits => random.Next(2),
        Numbers.Classes => random.Next(4),
        Numbers.Zeros => 0,
        Numbers.Ones => 1,
        Numbers.Extremes => Extremes[random.Next(Extremes.Length)],
        Numbers.Anything => random.Next(4) == 0 ? NotFinite[random.Next(NotFinite.Length)] : Extremes[random.Next(Extremes.Length)],
        _ => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()),
    };
}
