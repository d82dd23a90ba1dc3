using Bayes.Layers.Reports.Figures;
using Bayes.Layers.Samples.Support.Figures;

namespace Bayes.Layers.Tests.Samples.Figures;

public sealed class FigureTests : IDisposable
{
    private static readonly PlaneGrid Grid = new(-2, 3, -1, 4, Columns: 41, Rows: 31);

    private static readonly AxisNames Axes = new("x", "y");

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"bayes-layers-{Guid.NewGuid():N}.png");

    private static double[,] Map(Func<double, double, double> value) => PlaneMaps.Of(Grid, value);

    [Fact]
    public void A_contour_lies_where_the_values_cross_the_level()
    {
        var line = ContourTracer.Trace(Grid, Map((x, y) => x + 2 * y), 1).Should().ContainSingle().Subject;
        line.Should().HaveCountGreaterThan(20).And.OnlyContain(point => Math.Abs(point.X + 2 * point.Y - 1) < 1e-12);
    }

    [Fact]
    public void A_closed_contour_ends_where_it_begins()
    {
        var circle = ContourTracer.Trace(Grid, Map((x, y) => Math.Sqrt((x - 0.5) * (x - 0.5) + (y - 1.5) * (y - 1.5))), 1)
            .Should().ContainSingle().Subject;
        circle[0].Should().Be(circle[^1]);
        circle.Should().OnlyContain(point => Math.Abs(Math.Sqrt(Math.Pow(point.X - 0.5, 2) + Math.Pow(point.Y - 1.5, 2)) - 1) < 0.01);
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.9)]
    public void Values_on_one_side_have_no_contour(double level) =>
        ContourTracer.Trace(Grid, Map((_, _) => 0.5), level).Should().BeEmpty();

    [Fact]
    public void A_map_without_uncertainty_and_without_a_boundary_can_be_drawn()
    {
        UncertaintyFigure.Draw(Grid, Map((_, _) => 0), Map((_, _) => 0.9), [new PlanePoint(0, 0, 1)], Axes).SavePng(_path);
        new FileInfo(_path).Length.Should().BeGreaterThan(10_000);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(1.5)]
    public void A_value_that_is_not_a_probability_is_refused(double value)
    {
        var act = () => DecisionBoundaryFigure.Draw(Grid, Map((_, _) => value), [], Axes);
        act.Should().Throw<ArgumentException>();
    }

    public void Dispose() => File.Delete(_path);
}
