using System.Text.Json.Nodes;
using Bayes.Layers.Benchmarks.Reports;
using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Tests.Benchmarks;

public sealed class QuickFileTests
{
    [Fact]
    public void The_quick_run_has_the_keys_that_are_promised() =>
        Cases.Quick.Select(each => each.Key).Should().Equal("mc_grid", "mc_mlp_batch", "mc_mlp_row", "mc_conv", "train_batch1", "train_mlp");

    [Fact]
    public void A_prediction_has_both_times_and_their_ratio()
    {
        var entry = Entry(Results.Case("mc_grid", speedup: 3));
        entry["seconds"]!.GetValue<double>().Should().BeApproximately(0.1, 1e-12);
        entry["baseline_seconds"]!.GetValue<double>().Should().BeApproximately(0.3, 1e-12);
        entry["speedup"]!.GetValue<double>().Should().BeApproximately(3, 1e-12);
        entry.ContainsKey("steps_per_second").Should().BeFalse("a prediction takes no steps");
    }

    [Fact]
    public void Times_of_training_are_those_of_a_step()
    {
        var entry = Entry(Results.Case("train_batch1", speedup: 7, units: 1000));
        entry["seconds"]!.GetValue<double>().Should().BeApproximately(1e-4, 1e-15);
        entry["baseline_seconds"]!.GetValue<double>().Should().BeApproximately(7e-4, 1e-15);
        entry["speedup"]!.GetValue<double>().Should().BeApproximately(7, 1e-12);
        entry["steps_per_second"]!.GetValue<double>().Should().BeApproximately(10_000, 1e-6);
    }

    private static JsonObject Entry(Bayes.Layers.Benchmarks.Measuring.CaseResult result) =>
        JsonNode.Parse(QuickFile.Text([result]))!.AsObject().Should().ContainSingle().Subject.Value!.AsObject();
}
