using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;

namespace Bayes.Layers.Tests.Posteriors;

/// <summary>A posterior of stored draws returns them in their order, and has their moments; it has no density.</summary>
public sealed class StoredWeightsTests : TorchTest
{
    private static StoredWeights Stored(int count, params long[] shape)
    {
        var draws = Normal([count, .. shape]);
        return new StoredWeights(draws.mean([0L]), draws);
    }

    private static Tensor Drawn(WeightPosterior posterior, long seed, int first, int count) =>
        posterior.DrawNamed(new NamedDraws(seed, first, count, _ => 0), stddev: null);

    [Theory]
    [InlineData(1)]
    [InlineData(77)]
    public void Draw_k_of_any_seed_is_stored_draw_k_modulo_their_number(long seed)
    {
        var posterior = Stored(5, 2, 3);
        ShouldBeClose(Drawn(posterior, seed, 0, 12), cat([posterior.Draws, posterior.Draws, posterior.Draws.narrow(0, 0, 2)]), 0);
        ShouldBeClose(Drawn(posterior, seed, 8, 3), cat([posterior.Draws.narrow(0, 3, 2), posterior.Draws.narrow(0, 0, 1)]), 0);
        Drawn(posterior, seed, int.MaxValue - 3, 2).shape.Should().Equal(2, 2, 3);
        var rows = tensor([1L, 0L]);
        ShouldBeClose(
            posterior.DrawNamedRows(new NamedDraws(seed, 4, 3, _ => 0), rows), Drawn(posterior, seed, 4, 3).index_select(1, rows), 0);
    }

    [Fact]
    public void Its_moments_are_those_of_the_draws()
    {
        var posterior = Stored(7, 3, 2);
        var centred = posterior.Draws - posterior.Mean;
        ShouldBeClose(posterior.Variance(), centred.square().mean([0L]), 1e-14);
        ShouldBeClose(posterior.Marginals().Variance(), posterior.Variance(), 1e-12);
        ShouldBeClose(posterior.Marginals().Mean, posterior.Mean, 0);
        ShouldBeFinite(new StoredWeights(zeros(2), zeros(3, 2)).Marginals().LogVariance);
    }

    /// <summary>Noise chooses each draw equally often, and deviations have the mean 0.</summary>
    [Fact]
    public void Noise_chooses_a_draw()
    {
        var posterior = Stored(4, 2);
        var noise = tensor(new[] { -9.0, -0.6, 0.1, 0.8, 9.0 }).unsqueeze(1);
        var expected = posterior.Draws.index_select(0, tensor([0L, 1, 2, 3, 3]));
        ShouldBeClose(posterior.WeightsFrom([noise]), expected, 0);
        ShouldBeClose(posterior.DeviationsFrom([noise]), expected - posterior.Mean, 0);
        ShouldBeClose(posterior.WeightsFrom([noise[3]]), posterior.Draws[3], 0);
        var draws = posterior.Draw(20_000, TorchNoise.Global);
        ShouldBeClose(draws.mean([0L]), posterior.Mean, 0.05);
    }

    [Fact]
    public void It_has_no_entropy_and_no_divergence()
    {
        var posterior = Stored(4, 2);
        posterior.Invoking(each => each.Entropy()).Should().Throw<NotSupportedException>()
            .WithMessage("A posterior of 4 stored draws has no density, so it has no entropy and no KL divergence; *");
        posterior.Invoking(each => NormalPrior.Standard.KlDivergence(each)).Should().Throw<NotSupportedException>();
        posterior.ExactSamples.Should().Be(4);
    }

    [Fact]
    public void Draws_of_another_shape_are_refused() =>
        FluentActions.Invoking(() => new StoredWeights(zeros(3, 4), zeros(5, 4, 3))).Should().Throw<ArgumentException>()
            .WithMessage("The stored draws have shape [5, 4, 3]; expected at least one draw of shape [3, 4], along axis 0.*");

    [Fact]
    public void The_family_starts_with_the_initializers_mean_and_variance()
    {
        var family = new StoredFamily(200);
        Tensor mean = Normal(3, 4), logVariance = Normal(3, 4);
        var values = family.Start(mean, logVariance, TorchNoise.Global);
        values.Select(each => each.shape).Should().BeEquivalentTo(
            family.ParametersOf([3, 4]).Select(each => each.Shape), options => options.WithStrictOrdering());
        var posterior = family.Of(values);
        ShouldBeClose(((StoredWeights)posterior).Draws.mean([0L]), mean, 1e-12);
        ShouldBeClose(posterior.Variance().div(logVariance.exp()), ones(3, 4), 0.4);
        family.ToString().Should().Be("StoredWeights(count=200)");
        FluentActions.Invoking(() => new StoredFamily(0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    /// <summary>All layers of a network use the same stored draw, also with the noise of an ordinary pass.</summary>
    [Fact]
    public void Layers_use_the_draws_that_belong_together()
    {
        using var model = new BayesianSequential(Layer(), Layer());
        for (int draw = 0; draw < 3; draw++)
            using (no_grad())
                foreach (BayesianLinear layer in model.children())
                    layer.get_parameter("weight_draws")![draw].fill_(draw + 1);
        var input = ones(1, 1, float64);
        using var draws = new PosteriorDraws(seed: 3, count: 4, first: 1);
        Values(model.Sample(input, draws)).Should().Equal(4, 9, 1, 4);
        Values(model.Sample(input, new Reparameterization(200))).Distinct().Should().BeEquivalentTo([1.0, 4, 9]);

        static BayesianLinear Layer() =>
            new(1, 1, hasBias: false, initializer: new FanInInitializer { Family = new StoredFamily(3) }, dtype: float64);
    }
}
