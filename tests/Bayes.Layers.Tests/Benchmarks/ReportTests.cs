using Bayes.Layers.Benchmarks.Measuring;
using Bayes.Layers.Benchmarks.Reports;
using Bayes.Layers.Benchmarks.Work;
using Bayes.Layers.Reports.Figures;
using Bayes.Layers.Tests.Reports.Figures;

namespace Bayes.Layers.Tests.Benchmarks;

public sealed class ReportTests
{
    private static readonly DateOnly Date = new(2026, 11, 25);

    [Fact]
    public void A_row_has_the_loop_the_library_the_faster_PyTorch_the_parts_and_all_ratios()
    {
        var result = Results.WithPyTorch(Results.Case("mc_grid", speedup: 3), one: 0.9, two: 0.45);
        Page(Results.OnCpu(result)).Should().Contain(
            "| the work of mc_grid | 300 ms | **100 ms** | **3.00 ×** | 450 ms (2 threads) | 4.50 × | products 50.0 ms, noise 20.0 ms | 2.00 × |");
    }

    [Fact]
    public void The_plain_network_and_compiled_PyTorch_have_columns_if_they_were_timed()
    {
        var result = Results.WithCompiled(Results.WithPyTorch(Results.Case("lstm", speedup: 3), one: 0.9, two: 0.45), seconds: 0.2);
        string page = Page(Results.OnCpu(Results.WithPlain(result, seconds: 0.08), Results.Case("noise")));
        page.Should().Contain("| times as fast | plain | time over plain | PyTorch | times as fast | compiled | times as fast | parts alone |")
            .And.Contain("| **3.00 ×** | 80.0 ms | **1.25 ×** | 450 ms (2 threads) | 4.50 × | 200 ms (2 threads) | 2.00 × | products");
        page.Should().Contain("| **3.00 ×** |  |  |  |  |  |  | products", "the other case has neither");
        Page(Results.OnCpu(Results.Case("noise"))).Should().NotContain("| plain |").And.NotContain("| compiled |");
    }

    [Fact]
    public void A_case_that_PyTorch_did_not_compile_is_reported()
    {
        var report = Results.OnCpu(Results.Case("lstm"));
        report = report with { Sections = [report.Sections[0] with { NotCompiled = ["lstm was not compiled by PyTorch: why"] }] };
        Page(report).Should().Contain("\n\nlstm was not compiled by PyTorch: why\n");
    }

    [Fact]
    public void Training_times_are_per_step()
    {
        var result = Results.WithPyTorch(Results.Case("train_batch1", speedup: 2, units: 1000), one: 0.3, two: 0.4);
        string page = Page(Results.OnCpu(result));
        page.Should().Contain("| 200 µs | **100 µs** | **2.00 ×** | 300 µs (1 thread) | 3.00 × |")
            .And.Contain("Times of training are those of a step.");
        Page(Results.OnCpu(Results.Case("mc_grid"))).Should().NotContain("of a step");
    }

    [Fact]
    public void Without_PyTorch_its_cells_are_empty_and_a_line_explains_why() =>
        Page(Results.OnCpu(Results.Case("mc_grid")) with { PyTorch = "not compared with PyTorch: no such thing" }).Should()
            .Contain("| **3.00 ×** |  |  | products").And.Contain("- not compared with PyTorch: no such thing\n");

    [Fact]
    public void The_page_has_machine_memory_figures_date_and_omissions() =>
        Page(Results.OnCpu(Results.Case("mc_grid"))).Should()
            .Contain("2026-11-25").And.Contain("`again`").And.Contain("- processor: a fast one\n").And.Contain("no GPU here")
            .And.Contain("| the grid | 400 MiB | **100 MiB** | **0.250** |").And.Contain("![a curve](curve.png)");

    [Fact]
    public void A_wrong_case_is_reported_and_does_not_affect_the_others()
    {
        var report = Results.OnCpu(Results.Case("mc_grid"));
        report = report with { Sections = [report.Sections[0] with { NotTimed = ["two was not timed: apart"] }] };
        Page(report).Should().Contain("the work of mc_grid").And.Contain("\n\ntwo was not timed: apart\n");
    }

    [Fact]
    public void A_run_continues_after_a_wrong_case()
    {
        var rounds = new Rounds(Seconds: 0, Least: 1, Most: 1);
        var said = new List<string>();
        Case right = new("right", "noise", device => new NoiseWork(1 << 10, 8, device)),
            wrong = new("wrong", "none", _ => throw new InvalidOperationException("It does not fit.\nAt all."));
        var report = new ReportRun("cpu", Python: null, said.Add).Measure([new Section("Which?", [wrong, right], rounds)]);
        var section = report.Sections.Should().ContainSingle().Subject;
        section.Cases.Should().ContainSingle().Which.Key.Should().Be("right");
        section.NotTimed.Should().Equal("wrong was not timed: It does not fit.");
        said.Should().Contain("wrong was not timed: It does not fit.");
        report.PyTorch.Should().Be("not compared with PyTorch, which was not asked for");
    }

    [Theory]
    [InlineData(12.3456, "12.3 s")]
    [InlineData(1, "1.00 s")]
    [InlineData(0.999, "999 ms")]
    [InlineData(0.9996, "1.00 s")]
    [InlineData(0.0009996, "1.00 ms")]
    [InlineData(0.00123456, "1.23 ms")]
    [InlineData(0.000000456, "0.456 µs")]
    [InlineData(1234.5, "1,234 s")]
    [InlineData(0, "0.00 µs")]
    public void Durations_are_read_in_the_unit_that_suits_them(double seconds, string expected) => Readable.Duration(seconds).Should().Be(expected);

    [Fact]
    public void The_figure_differs_for_different_results()
    {
        byte[] one = SavedFigure.Bytes(() => Draw(speedup: 2));
        SavedFigure.Bytes(() => Draw(speedup: 2)).Should().Equal(one);
        SavedFigure.Bytes(() => Draw(speedup: 8)).Should().NotEqual(one);

        static FigureDrawing Draw(double speedup) => ScalingFigure.Draw("A curve", "draws",
            [("cpu", [.. new[] { 2, 4, 8 }.Select(draws => (draws, Results.WithPyTorch(Results.Case("draws", speedup), 0.5, 0.4)))])]);
    }

    [Fact]
    public void The_figure_has_the_plain_network()
    {
        SavedFigure.Bytes(() => Draw(seconds: 0.05)).Should().NotEqual(SavedFigure.Bytes(() => Draw(seconds: null)));

        static FigureDrawing Draw(double? seconds) => ScalingFigure.Draw("A curve", "width",
            [("cpu", [.. new[] { 64, 4096 }.Select(width =>
                (width, seconds is { } plain ? Results.WithPlain(Results.Case("width"), plain) : Results.Case("width")))])]);
    }

    [Fact]
    public void Every_figure_has_a_name_of_its_own() => Curves.All.Select(curve => curve.Name).Should().OnlyHaveUniqueItems();

    [Fact]
    public void The_bound_is_the_longest_part_and_PyTorch_has_its_shorter_time()
    {
        var result = Results.WithPyTorch(Results.Case("mc_grid"), one: 0.2, two: 0.3);
        result.LongestBound!.Name.Should().Be("products");
        result.BestPyTorch.Should().Be(new PyTorchTiming(1, 0.2, 5));
        result.BestCompiled.Should().BeNull();
        var compiled = Results.WithCompiled(result, seconds: 0.1);
        compiled.BestPyTorch.Should().Be(new PyTorchTiming(1, 0.2, 5));
        compiled.BestCompiled.Should().Be(new PyTorchTiming(2, 0.1, 5, Compiled: true));
        (Results.Case("mc_grid") with { Bounds = [] }).LongestBound.Should().BeNull();
        Results.Case("mc_grid").BestPyTorch.Should().BeNull();
    }

    private static string Page(DeviceReport report) => MarkdownReport.Text([report], Date, "again", "no GPU here", [("a curve", "curve.png")]);
}
