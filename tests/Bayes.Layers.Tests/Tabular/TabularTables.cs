using Bayes.Layers.Tabular;

namespace Bayes.Layers.Tests.Tabular;

/// <summary>Simulated tables, and options with which a model is trained on one in a second.</summary>
internal static class TabularTables
{
    /// <summary>Few steps of two small networks.</summary>
    public static TabularOptions Quick { get; } = new()
    {
        Steps = 300, Members = 2, Hidden = [16], Draws = 50, BatchSize = 64, LearningRate = 0.02, MembersAtATime = 1,
    };

    /// <summary>Returns y = 3 x + effect of the group + noise of standard deviation 0.3, and a column that says nothing.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="seed">Decides the numbers.</param>
    /// <param name="unit">The factor of the target.</param>
    public static Table Numbers(int rows, int seed = 1, double unit = 1)
    {
        var random = new Random(seed);
        double[] x = Uniform(rows, random), nothing = Uniform(rows, random);
        string[] groups = [.. Enumerable.Range(0, rows).Select(_ => "abc"[random.Next(3)].ToString())];
        double[] y = [.. x.Zip(groups, (value, group) => unit * (3 * value + (group == "b" ? 2 : 0) + 0.3 * Normal(random)))];
        return new Table(("x", x), ("group", groups), ("nothing", nothing), ("y", y));
    }

    /// <summary>Returns three classes, of which P is softmax of (2 x, −2 x, 0); a fifth of them are at random.</summary>
    public static Table Classes(int rows, int seed = 1)
    {
        var random = new Random(seed);
        double[] x = Uniform(rows, random), nothing = Uniform(rows, random);
        string[] classes = [.. x.Select(value =>
        {
            double[] odds = [Math.Exp(2 * value), Math.Exp(-2 * value), 1];
            double drawn = random.NextDouble() * odds.Sum();
            return drawn < odds[0] ? "high" : drawn < odds[0] + odds[1] ? "low" : "middle";
        })];
        return new Table(("x", x), ("nothing", nothing), ("kind", classes));
    }

    /// <summary>Returns counts with a rate of exp(0.5 + x) and an exposure of 1 to 3.</summary>
    public static Table Counts(int rows, int seed = 1)
    {
        var random = new Random(seed);
        double[] x = Uniform(rows, random);
        double[] exposure = [.. Enumerable.Range(0, rows).Select(_ => 1 + 2 * random.NextDouble())];
        int[] counts = [.. x.Zip(exposure, (value, time) => Poisson(time * Math.Exp(0.5 + value), random))];
        return new Table(("x", x), ("exposure", exposure), ("count", counts));
    }

    /// <summary>Returns a normal number.</summary>
    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static double[] Uniform(int rows, Random random) => [.. Enumerable.Range(0, rows).Select(_ => 4 * random.NextDouble() - 2)];

    private static int Poisson(double mean, Random random)
    {
        int count = 0;
        for (double product = random.NextDouble(); product > Math.Exp(-mean); product *= random.NextDouble())
            count++;
        return count;
    }
}
