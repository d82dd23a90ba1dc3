using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Modules;

public sealed class ElboLossTests : TorchTest
{
    private static readonly BernoulliLikelihood Likelihood = new();

    [Fact]
    public void The_divergence_is_divided_by_the_data_set_and_not_by_the_batch()
    {
        Tensor output = Normal(4, 1), target = (Normal(4, 1) > 0).to(float64), kl = tensor(50.0, float64);
        double nll = new ElboLoss(Likelihood, 200, beta: 0).forward(output, target, kl).ToDouble();
        new ElboLoss(Likelihood, 200).forward(output, target, kl).ToDouble().Should().BeApproximately(nll + 50.0 / 200, 1e-14);
        new ElboLoss(Likelihood, 200, beta: 0.3).forward(output, target, kl).ToDouble().Should().BeApproximately(nll + 0.3 * 50 / 200, 1e-14);
    }

    [Fact]
    public void Draws_and_examples_are_averaged()
    {
        Tensor outputs = Normal(3, 4, 1), target = (Normal(4, 1) > 0).to(float64), kl = tensor(1.0, float64);
        var loss = new ElboLoss(Likelihood, 10);
        var each = stack(Enumerable.Range(0, 3).Select(s => loss.forward(outputs[s], target, kl)));
        ShouldBeClose(loss.forward(outputs, target, kl), each.mean(), 1e-14);
    }

    [Fact]
    public void Terms_are_returned_separately()
    {
        var loss = ElboLoss.Bernoulli(datasetSize: 20, beta: 0.5);
        Tensor output = Normal(4, 1), target = ones([4, 1], float64), kl = tensor(8.0, float64);
        using var terms = loss.Evaluate(output, target, kl);
        terms.KlWeight.Should().Be(0.5 / 20);
        terms.KlDivergence.ToDouble().Should().Be(8);
        terms.Total.ToDouble().Should().BeApproximately(terms.NegativeLogLikelihood.ToDouble() + terms.KlWeight * 8, 1e-14);
    }

    [Fact]
    public void Each_likelihood_has_a_factory_and_a_text()
    {
        using var foreign = new ForeignCulture();
        ElboLoss.HeteroscedasticGaussian(40, channelAxis: -3).ToString()
            .Should().Be("ElboLoss(HeteroscedasticGaussianLikelihood(channelAxis=-3), datasetSize=40, beta=1)");
        ElboLoss.Categorical(40, 0.5, classAxis: -2).ToString().Should().Be("ElboLoss(CategoricalLikelihood(classAxis=-2), datasetSize=40, "
            + "beta=0.5)");
        ElboLoss.Poisson(40, 0.5).ToString().Should().Be("ElboLoss(PoissonLikelihood, datasetSize=40, beta=0.5)");
        using ElboLoss student = ElboLoss.StudentT(40, degreesOfFreedom: 3, initialScale: 2, dtype: float64),
            counts = ElboLoss.NegativeBinomial(40, initialDispersion: 0.3, dtype: float64);
        student.ToString().Should().StartWith("ElboLoss(StudentTLikelihood(degreesOfFreedom=3, scale=")
            .And.EndWith(", learned), datasetSize=40, beta=1)");
        ((StudentTLikelihood)student.Likelihood).Scale.Should().BeApproximately(2, 1e-12);
        ((NegativeBinomialLikelihood)counts.Likelihood).Dispersion.Should().BeApproximately(0.3, 1e-12);
        student.parameters().Should().ContainSingle();
        counts.parameters().Should().ContainSingle();
        foreach (var act in new Action[]
        {
            () => ElboLoss.HeteroscedasticGaussian(0), () => ElboLoss.Poisson(0), () => ElboLoss.StudentT(0), () => ElboLoss.NegativeBinomial(0),
                () => ElboLoss.StudentT(4, -1),
            () => ElboLoss.NegativeBinomial(4, double.NaN), () => ElboLoss.StudentT(4, degreesOfFreedom: 1), () => ElboLoss.NegativeBinomial(4,
                initialDispersion: 0),
        })
            act.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void The_text_of_the_terms_is_a_sum()
    {
        using var foreign = new ForeignCulture();
        using var terms = new ElboLoss(new GaussianLikelihood(1), 20, beta: 0.5).Evaluate(zeros([4, 1], float64), zeros([4, 1], float64),
            tensor(8.0, float64));
        terms.ToString().Should().Be("1.11894 = 0.918939 + 0.025 * 8 nats per example");
    }

    [Fact]
    public void Disposing_the_terms_leaves_the_callers_divergence_alive()
    {
        var kl = tensor(8.0, float64);
        ElboLoss.Bernoulli(20).Evaluate(Normal(4, 1), ones([4, 1], float64), kl).Dispose();
        kl.ToDouble().Should().Be(8);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void A_data_set_without_examples_is_refused(long size)
    {
        var act = () => new ElboLoss(Likelihood, size);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"datasetSize is {size}; expected a whole number of at least 1*");
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_negative_or_infinite_beta_is_refused(double beta)
    {
        var act = () => new ElboLoss(Likelihood, 10, beta);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage("beta is*expected a finite number of at least 0*");
    }

    [Fact]
    public void A_divergence_that_is_not_a_scalar_is_refused()
    {
        var act = () => new ElboLoss(Likelihood, 10).forward(Normal(4, 1), ones([4, 1], float64), ones(4, float64));
        act.Should().Throw<ArgumentException>().WithMessage("The KL divergence has shape [4]; expected a scalar*");
    }

    [Fact]
    public void Only_the_loss_stays_alive()
    {
        Tensor output = Normal(4, 1), target = ones([4, 1], float64), kl = tensor(8.0, float64);
        var loss = ElboLoss.Bernoulli(10);
        long before = LiveTensors();
        using (loss.forward(output, target, kl))
            LiveTensors().Should().Be(before + 1);
        LiveTensors().Should().Be(before);
    }

    [Theory]
    [InlineData(1e300,
        "klFactor is 1E+300, which would multiply the KL divergence by 1E+299; expected at most 3.4*E+38, the most that Float32 holds.*")]
    [InlineData(-1.0, "klFactor is -1; expected a finite number of at least 0.*")]
    public void A_factor_that_the_divergences_type_cannot_hold_is_refused(double factor, string message)
    {
        Tensor output = zeros(4, 1), target = ones(4, 1), kl = tensor(8f);
        var act = () => new ElboLoss(Likelihood, 10).Evaluate(output, target, kl, factor);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
    }

    [Fact]
    public void A_divergence_that_is_not_floating_point_is_refused()
    {
        var act = () => new ElboLoss(Likelihood, 10).forward(zeros(4, 1), ones(4, 1), tensor(8));
        act.Should().Throw<ArgumentException>().WithMessage("The KL divergence is of type Int32; expected a floating-point type*");
    }

    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(10, double.NaN)]
    public void A_refused_loss_frees_its_learned_noise(long datasetSize, double beta)
    {
        long before = LiveTensors();
        var act = () => ElboLoss.Gaussian(datasetSize, beta);
        act.Should().Throw<ArgumentOutOfRangeException>();
        LiveTensors().Should().Be(before);
    }
}
