namespace Bayes.Layers.Tests.ML;

/// <summary>A simulated house: its price is 3 area + 20 rooms, in thousands, with noise of 5, and 40 more with a garden.</summary>
public sealed class HouseRow
{
    public float Area { get; set; }

    public float Rooms { get; set; }

    public string Kind { get; set; } = "";

    public float Price { get; set; }

    public bool IsDear { get; set; }

    public string Class { get; set; } = "";

    public static HouseRow[] Simulate(int rows, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ =>
        {
            float area = 50 + 100 * random.NextSingle(), rooms = random.Next(1, 7);
            bool hasGarden = random.Next(2) == 0;
            double noise = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            float price = 3 * area + 20 * rooms + (hasGarden ? 40 : 0) + (float)(5 * noise);
            return new HouseRow
            {
                Area = area, Rooms = rooms, Kind = hasGarden ? "house" : "flat", Price = price, IsDear = price > 390,
                Class = price < 300 ? "cheap" : price < 450 ? "usual" : "dear",
            };
        })];
    }
}
