using System.Text.Json;

namespace Bayes.Layers.Tests.Samples.DataSets;

/// <summary>The golden values of the breast cancer data, computed with scikit-learn.</summary>
internal static class BreastCancerGolden
{
    private static readonly JsonElement Values = Load();

    public static int Rows => Values.GetProperty("rows").GetInt32();

    public static int Features => Values.GetProperty("features").GetInt32();

    public static int Benign => Values.GetProperty("benign_target_1").GetInt32();

    public static double[] Means => Get<double[]>("mean");

    public static double[] StandardDeviations => Get<double[]>("std_population");

    public static double[][] FirstThreeScaledRows => Get<double[][]>("first_three_scaled_mean_radius_mean_texture");

    public static int[] TrainIndices => Get<int[]>("split0_train_indices");

    public static int[] TestIndices => Get<int[]>("split0_test_indices");

    private static T Get<T>(string name) => Values.GetProperty(name).Deserialize<T>()!;

    private static JsonElement Load()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Golden", "golden.json");
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        return document.RootElement.GetProperty("breast_cancer").Clone();
    }
}
