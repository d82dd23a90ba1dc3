using System.Text.Json.Nodes;
using Bayes.Layers.Benchmarks.Measuring;
using Bayes.Layers.Benchmarks.Reports;
using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Tests.Benchmarks;

public sealed class QuickFileTests
{
    [Fact]
    public void The_quick_run_has_the_promised_keys() =>
        Cases.Quick.Select(each => each.Key).Should().Equal(
            "mc_grid", "mc_mlp_batch", "mc_mlp_row", "mc_mlp_row_local", "mc_conv", "train_batch1", "train_mlp", "kl",
            "train_256_weights", "train_256_local", "train_256_flipout", "train_1024_weights", "train_1024_local", "train_1024_flipout",
            "mc_1024", "lstm_gradient", "lstm_16", "serve_1", "serve_1_interval", "serve_table", "train_conv_weights");

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
    public void Training_times_are_per_step()
    {
        var entry = Entry(Results.Case("train_batch1", speedup: 7, units: 1000));
        entry["seconds"]!.GetValue<double>().Should().BeApproximately(1e-4, 1e-15);
        entry["baseline_seconds"]!.GetValue<double>().Should().BeApproximately(7e-4, 1e-15);
        entry["speedup"]!.GetValue<double>().Should().BeApproximately(7, 1e-12);
        entry["steps_per_second"]!.GetValue<double>().Should().BeApproximately(10_000, 1e-6);
    }

    [Fact]
    public void The_plain_network_is_written_if_there_is_one()
    {
        var entry = Entry(Results.WithPlain(Results.Case("train_256_weights", units: 10), seconds: 0.04));
        entry["plain_seconds"]!.GetValue<double>().Should().BeApproximately(0.004, 1e-12);
        entry["over_plain"]!.GetValue<double>().Should().BeApproximately(2.5, 1e-12);
        Entry(Results.Case("kl")).ContainsKey("plain_seconds").Should().BeFalse();
    }

    [Fact]
    public void Memory_is_written_if_it_was_measured()
    {
        var memory = new MemoryResult("mc_grid", "the grid", new PeakMemory(400 << 20, 0), new PeakMemory(100 << 20, 0));
        var entry = Entry(Results.Case("mc_grid"), memory);
        entry["resident_bytes"]!.GetValue<long>().Should().Be(100 << 20);
        entry["baseline_resident_bytes"]!.GetValue<long>().Should().Be(400 << 20);
        entry["memory_share"]!.GetValue<double>().Should().Be(0.25);
        Entry(Results.Case("mc_conv"), memory).ContainsKey("memory_share").Should().BeFalse("it is another case's");
    }

    private static JsonObject Entry(CaseResult result, params MemoryResult[] memory) =>
        JsonNode.Parse(QuickFile.Text([result], memory))!.AsObject().Should().ContainSingle().Subject.Value!.AsObject();
}
