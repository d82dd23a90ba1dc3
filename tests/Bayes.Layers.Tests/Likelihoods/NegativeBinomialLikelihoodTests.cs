using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Likelihoods;

public sealed class FixedNegativeBinomialLikelihoodTests : CountLikelihoodLaws
{
    protected override Likelihood Likelihood { get; } = new NegativeBinomialLikelihood(0.5);

    protected override bool SecondDerivativeDependsOnTarget => true;

    /// <summary>Expected values: p(y) as a product of y fractions, in decimal arithmetic with 60 digits.</summary>
    [Theory]
    [InlineData(3.0, 0.5, 0, -1.8325814637483102)]
    [InlineData(3.0, 0.5, 7, -3.328919288430409)]
    [InlineData(0.2, 1.5, 2, -3.695370312133967)]
    [InlineData(40.0, 0.03125, 100, -15.552009852777196)]
    [InlineData(1000.0, 0.001, 900, -7.273990168525976)]
    [InlineData(5.0, 1e-09, 12, -5.673959527952682)]
    [InlineData(2.0, 50.0, 60, -8.602748217330824)]
    [InlineData(1000.0, 0.25, 5000, -18.300898279097787)]
    public void Log_probabilities_match(double mean, double dispersion, double count, double expected)
    {
        double logRate = Math.Log(mean);
        var found = new NegativeBinomialLikelihood(dispersion).LogProbability(tensor(new[] { logRate }), tensor(new[] { count })).ToDouble();
        found.Should().BeApproximately(expected, 1e-10 * Math.Max(1, Math.Abs(expected)));
    }

    [Theory]
    [InlineData(1e-12)]
    [InlineData(1e-9)]
    public void With_almost_no_dispersion_it_is_Poisson(double dispersion)
    {
        Tensor outputs = Normal(3, 40, 1).mul(2), targets = arange(40, float64).unsqueeze(1);
        var likelihood = new NegativeBinomialLikelihood(dispersion);
        ShouldBeClose(likelihood.LogProbability(outputs, targets), new PoissonLikelihood().LogProbability(outputs, targets),
            1e-5 * dispersion / 1e-9 + 1e-12);
        ShouldBeClose(likelihood.CumulativeProbability(outputs, targets), new PoissonLikelihood().CumulativeProbability(outputs, targets),
            2e-7 * dispersion / 1e-9 + 1e-12);
    }

    /// <summary>Expected value: the sum of the probabilities, each a product of fractions.</summary>
    [Theory]
    [InlineData(1e-6, 3)]
    [InlineData(0.01, 300)]
    [InlineData(0.5, 0.1)]
    [InlineData(0.5, 1000)]
    [InlineData(40, 7)]
    [InlineData(1000, 0.2)]
    public void The_distribution_function_is_exact_at_any_dispersion(double dispersion, double mean)
    {
        var likelihood = new NegativeBinomialLikelihood(dispersion);
        var output = full([1, 1], Math.Log(mean), float64);
        double size = 1 / dispersion, ratio = dispersion * mean, mass = Math.Exp(-size * tensor(ratio).log1p().ToDouble()), sum = mass;
        for (int count = 0; count < 2_000; count++)
        {
            if (count < 20 || count % 97 == 0)
                likelihood.CumulativeProbability(output, full([1, 1], count, float64)).ToDouble().Should().BeApproximately(sum,
                    1e-11, "P(y ≤ {0})", count);
            sum += mass *= (size + count) / (count + 1) * (ratio / (1 + ratio));
        }
    }

    [Fact]
    public void Each_target_dimension_has_its_own_dispersion()
    {
        var likelihood = new NegativeBinomialLikelihood([0.1, 2]);
        likelihood.Dispersions.Should().Equal(0.1, 2);
        likelihood.ToString().Should().Be("NegativeBinomialLikelihood(dispersion=[0.1, 2])");
        Tensor outputs = Normal(3, 6, 2), targets = arange(12, float64).reshape(6, 2);
        var expected = new NegativeBinomialLikelihood(0.1).LogProbability(outputs.narrow(-1, 0, 1), targets.narrow(-1, 0, 1))
            + new NegativeBinomialLikelihood(2).LogProbability(outputs.narrow(-1, 1, 1), targets.narrow(-1, 1, 1));
        ShouldBeClose(likelihood.LogProbability(outputs, targets), expected, 1e-12);
        likelihood.Invoking(l => l.Dispersion).Should().Throw<InvalidOperationException>()
            .WithMessage("There are 2 values of Dispersion*read Dispersions.");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1e-13)]
    [InlineData(1e7)]
    [InlineData(double.NaN)]
    public void An_invalid_dispersion_is_refused(double dispersion)
    {
        foreach (var act in new Action[]
        {
            () => _ = new NegativeBinomialLikelihood(dispersion), () => _ = new NegativeBinomialLikelihood([1, dispersion]),
            () => NegativeBinomialLikelihood.Learned(minDispersion: dispersion), () => NegativeBinomialLikelihood.Learned(maxDispersion: dispersion),
        })
            act.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*ispersion is *; expected a number from 1E-12 to 1000000*");
    }
}

public sealed class LearnedNegativeBinomialLikelihoodTests : CountLikelihoodLaws
{
    protected override Likelihood Likelihood { get; } = NegativeBinomialLikelihood.Learned(0.5, dtype: float64);

    protected override bool SecondDerivativeDependsOnTarget => true;

    /// <summary>The rates of the counts are gamma distributed with a variance of 0.4 times the squared mean.</summary>
    [Fact]
    public void Training_finds_the_dispersion_of_the_counts()
    {
        const double dispersion = 0.4, mean = 20;
        var likelihood = NegativeBinomialLikelihood.Learned(dtype: float64);
        // A gamma variable of shape 2.5 is half a chi-squared variable with 5 degrees of freedom.
        var rates = Normal(5, 4_000).square().sum([0L]).mul(0.5 * dispersion * mean);
        Tensor counts = torch.poisson(rates).unsqueeze(1), output = full([1, 1], counts.mean().log().ToDouble(), float64).expand(4_000, 1);
        using var optimizer = optim.Rprop(likelihood.Parameters!.parameters(), lr: 0.05, min_step: 1e-9, max_step: 0.5);
        for (int i = 0; i < 60; i++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            likelihood.LogProbability(output, counts).mean().neg().backward();
            optimizer.step();
        }
        likelihood.Dispersion.Should().BeApproximately(dispersion, 0.04);
        likelihood.ToString().Should().EndWith(", learned)");
    }
}
