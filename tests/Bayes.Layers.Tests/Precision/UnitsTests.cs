using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Precision;

/// <summary>The unit of weights or targets changes neither a divergence nor a gradient in a logarithm, and a density only by its own unit.</summary>
public sealed class UnitsTests : TorchTest
{
    private static readonly long[] Shape = [6, 5];

    private static readonly (string Name, Func<double, Prior> Make)[] Priors =
    [
        (nameof(NormalPrior), unit => new NormalPrior(0.3 * unit, 0.7 * unit)),
        (nameof(PerWeightNormalPrior), unit => NormalPrior.PerWeight(full(Shape, 0.3 * unit, float64), full(Shape, 0.7 * unit, float64))),
        (nameof(LaplacePrior), unit => new LaplacePrior(0.1 * unit, 0.6 * unit)),
        (nameof(ScaleMixturePrior), unit => new ScaleMixturePrior(0.25, unit, 0.01 * unit)),
        (nameof(StudentTPrior), unit => new StudentTPrior(3, 0.5 * unit)),
        (nameof(LearnedScalePrior), unit => new LearnedScalePrior(scale: unit, initialScale: 0.5 * unit)),
        (nameof(HorseshoePrior), unit => new HorseshoePrior(0.5 * unit)),
    ];

    public static TheoryData<ScalarType, double> Units => new()
    {
        { ScalarType.Float32, 1e-12 }, { ScalarType.Float32, 1e-4 }, { ScalarType.Float32, 1e4 }, { ScalarType.Float32, 1e12 },
        { ScalarType.Float64, 1e-100 }, { ScalarType.Float64, 1e100 },
    };

    [Theory]
    [MemberData(nameof(Units))]
    public void A_divergence_is_the_same_in_every_unit(ScalarType dtype, double unit)
    {
        double tolerance = dtype == ScalarType.Float32 ? 2e-5 : 1e-12;
        foreach (var (name, make) in Priors)
        {
            var (expected, expectedSlope) = Divergence(make(1), float64, 1);
            var (found, slope) = Divergence(make(unit), dtype, unit);
            ShouldBeClose(found.to(float64), expected, tolerance, name);
            ShouldBeClose(slope.to(float64), expectedSlope, 10 * tolerance, name + ", gradient");
        }
    }

    [Theory]
    [MemberData(nameof(Units))]
    public void A_density_changes_only_by_the_unit(ScalarType dtype, double unit)
    {
        double tolerance = dtype == ScalarType.Float32 ? 2e-5 : 1e-12;
        foreach (var make in new Func<double, Likelihood>[] { stddev => new GaussianLikelihood(stddev), scale => new StudentTLikelihood(3, scale) })
        {
            Tensor output = Normal(7, 2), target = Normal(7, 2);
            Likelihood small = make(1), large = make(unit);
            var expected = small.LogProbability(output, target).sub(2 * Math.Log(unit));
            ShouldBeClose(large.LogProbability(output.mul(unit).to(dtype), target.mul(unit).to(dtype)).to(float64), expected, tolerance);
            ShouldBeClose(large.Variance(output.to(dtype)).to(float64).div(unit).div(unit), small.Variance(output), tolerance);
        }
    }

    /// <summary>In single precision 1e-25 squared is 0, and KL = ½ σ² / p² + … is not finite.</summary>
    [Theory]
    [InlineData(1e-25)]
    [InlineData(1e25)]
    public void A_prior_whose_square_the_weights_cannot_hold_is_refused(double stddev)
    {
        foreach (Prior prior in new Prior[] { new NormalPrior(0, stddev), new ScaleMixturePrior(0.5, stddev, stddev / 100) })
        {
            prior.Invoking(each => new BayesianLinear(2, 1, prior: each, dtype: float32)).Should().Throw<ArgumentException>()
                .WithMessage("stddev* is 1E?25; expected a number from 5.4*E-20 to 1.8*E+19, whose square is above 0 and finite in Float32.*");
            prior.Invoking(each => new BayesianLinear(2, 1, prior: each, dtype: float64).Dispose()).Should().NotThrow();
        }
    }

    private static (Tensor Divergence, Tensor Slope) Divergence(Prior prior, ScalarType dtype, double unit)
    {
        var mean = new Parameter(PrecisionCase.Numbers(float64, 21, Shape).mul(unit).to(dtype));
        var logVariance = new Parameter(PrecisionCase.Numbers(float64, 22, Shape).sub(2).add(2 * Math.Log(unit)).to(dtype));
        var divergence = prior.For(Shape, dtype).KlDivergence(new MeanFieldNormal(mean, logVariance));
        divergence.backward();
        return (divergence, logVariance.grad!);
    }
}
