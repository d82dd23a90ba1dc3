using Bayes.Layers.Reports.Figures;
using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Tests.Reports.Figures;

namespace Bayes.Layers.Tests.Samples.Figures;

public sealed class UncertaintyPartsFigureTests
{
    private static readonly SyntheticPlane Plane = new(new PlaneGrid(-2, 3, -1, 4, Columns: 41, Rows: 31));

    private static readonly double[,] Nothing = Map((_, _) => 0);

    private static double[,] Map(Func<double, double, double> value) => PlaneMaps.Of(Plane.Grid, value);

    private static FigureDrawing Draw(double[,] total, double[,] aleatoric, double[,] epistemic, params PlanePoint[] points) =>
        UncertaintyPartsFigure.Draw(Plane.Grid, total, aleatoric, epistemic, Plane.Probability, points, new AxisNames("x", "y"));

    [Fact]
    public void It_is_wide_and_deterministic() =>
        SavedFigure.ShouldBeDrawn(
            () => Draw(Plane.Total, Plane.Aleatoric, Plane.Epistemic, new(0, 0, 1), new(1, 2, 0)), width: 900);

    [Fact]
    public void Each_part_has_its_own_map()
    {
        byte[] allAleatoric = SavedFigure.Bytes(() => Draw(Plane.Total, Plane.Total, Nothing));
        byte[] allEpistemic = SavedFigure.Bytes(() => Draw(Plane.Total, Nothing, Plane.Total));
        allAleatoric.Should().NotEqual(allEpistemic);
    }

    [Fact]
    public void A_plane_without_uncertainty_and_without_points_can_be_drawn() =>
        SavedFigure.Bytes(() => Draw(Nothing, Nothing, Nothing)).Length.Should().BeGreaterThan(10_000);

    [Fact]
    public void Parts_that_do_not_add_up_are_refused() =>
        SavedFigure.ShouldBeRefused(
            () => Draw(Map((_, _) => 0.5), Map((_, _) => 0.25), Map((_, _) => 0.125)),
            "total must be the sum of the two parts, but [0, 0] is 0.5, not 0.375.*");

    [Theory]
    [InlineData(0.7, "total must lie in 0 to 0.693*")]
    [InlineData(-0.1, "total must lie in 0 to 0.693*")]
    [InlineData(double.NaN, "total must hold finite numbers only*")]
    public void A_value_that_is_not_an_entropy_of_two_classes_is_refused(double value, string message) =>
        SavedFigure.ShouldBeRefused(() => Draw(Map((_, _) => value), Nothing, Nothing), message);

    [Fact]
    public void A_map_of_another_size_is_refused() =>
        SavedFigure.ShouldBeRefused(
            () => Draw(Plane.Total, new double[2, 2], Plane.Epistemic), "aleatoric must have 31 rows and 41 columns*");
}
