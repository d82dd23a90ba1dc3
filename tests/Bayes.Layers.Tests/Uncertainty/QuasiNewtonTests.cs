using Bayes.Layers.Uncertainty.GaussianProcesses;

namespace Bayes.Layers.Tests.Uncertainty;

public sealed class QuasiNewtonTests
{
    // Rosenbrock's valley, upside down, whose top is at (1, 1).
    private static (double, double[])? Valley(double[] x)
    {
        double a = 1 - x[0], b = x[1] - x[0] * x[0];
        return (-a * a - 100 * b * b, [2 * a + 400 * x[0] * b, -200 * b]);
    }

    [Fact]
    public void It_follows_a_bent_valley_to_its_top()
    {
        var (at, value) = QuasiNewton.Maximize(Valley, [-1.2, 1], 200, CancellationToken.None)!.Value;
        value.Should().BeGreaterThan(-1e-6);
        at.Should().AllSatisfy(each => each.Should().BeApproximately(1, 1e-2));
    }

    [Fact]
    public void It_turns_back_where_the_function_is_not_defined()
    {
        var (at, _) = QuasiNewton.Maximize(
            x => x[0] > 0.5 ? (Math.Log(x[0] - 0.5) - x[0], [1 / (x[0] - 0.5) - 1]) : null, [0.6], 50, CancellationToken.None)!.Value;
        at[0].Should().BeApproximately(1.5, 1e-2);
        QuasiNewton.Maximize(_ => null, [0], 50, CancellationToken.None).Should().BeNull();
    }

    [Fact]
    public void It_can_be_cancelled()
    {
        Action search = () => QuasiNewton.Maximize(Valley, [-1.2, 1], 200, new CancellationToken(canceled: true));
        search.Should().Throw<OperationCanceledException>();
    }
}
