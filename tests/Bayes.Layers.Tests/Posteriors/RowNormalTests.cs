using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;

namespace Bayes.Layers.Tests.Posteriors;

public sealed class RowNormalTests : TorchTest
{
    [Fact]
    public void Each_row_has_the_covariance_of_its_factor()
    {
        var posterior = new RowNormal(Normal(2, 3), Normal(2, 3), Normal(2, 3, 3));
        var root = posterior.Factor.tril(-1) + diag_embed(posterior.LogVariance.mul(0.5).exp());
        var covariance = root.bmm(root.transpose(1, 2));
        ShouldBeClose(posterior.Variance(), covariance.diagonal(0, 1, 2), 1e-12);
        // N(0, 1) numbers that are the unit vectors give the columns of the factor.
        var noise = eye(3, dtype: float64).unsqueeze(1).expand(3, 2, 3);
        ShouldBeClose(posterior.DeviationsFrom([noise]).permute(1, 2, 0), root, 1e-14);

        // The KL divergence is that of two normal distributions of three numbers for each row.
        double stddev = 0.7;
        var prior = new NormalPrior(0.2, stddev);
        var shift = (posterior.Mean - 0.2) / stddev;
        var wanted = 0.5 * (covariance.diagonal(0, 1, 2).sum() / (stddev * stddev) + shift.mul(shift).sum() - 6
            + 12 * Math.Log(stddev) - covariance.logdet().sum());
        ShouldBeClose(prior.KlDivergence(posterior), wanted, 1e-10);
        ShouldBeClose(
            posterior.TotalCorrelation(), posterior.Marginals().Entropy() - posterior.Entropy(), 1e-10);
    }

    [Theory]
    [InlineData(new long[] { 3, 2 }, new long[] { 2, 3, 3 }, "The log-variance has shape [3, 2]; expected [2, 3], the mean's shape.*")]
    [InlineData(new long[] { 2, 3 }, new long[] { 3, 3 }, "The factor has shape [3, 3]; expected [2, 3, 3], a square of the columns for each row.*")]
    public void Shapes_that_do_not_fit_are_refused(long[] logVariance, long[] factor, string message) =>
        FluentActions.Invoking(() => new RowNormal(Normal(2, 3), Normal(logVariance), Normal(factor))).Should().Throw<ArgumentException>()
            .WithMessage(message);
}
