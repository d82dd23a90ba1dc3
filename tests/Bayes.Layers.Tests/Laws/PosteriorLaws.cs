using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Laws;

/// <summary>The laws of posteriors of a weight tensor and their families. A test class of a posterior inherits them.</summary>
public abstract class PosteriorLaws : TorchTest
{
    protected abstract PosteriorFamily Family { get; }

    /// <summary>The covariance of the weights, <c>[n, n]</c>, written out from the parameters.</summary>
    protected abstract Tensor Covariance(WeightPosterior posterior);

    /// <summary>Whether the weights are independent.</summary>
    protected abstract bool IsIndependent { get; }

    /// <summary>A shape with so many weights that sums show how precise they are.</summary>
    protected virtual long[] LargeShape => [40, 50];

    /// <summary>Gives all weights one log-variance.</summary>
    protected virtual void SetLogVariance(IReadOnlyList<Tensor> values, double logVariance) => values[1].fill_(logVariance);

    /// <summary>Whether its weights can be made 0.</summary>
    protected virtual bool CanPrune => true;

    /// <summary>A posterior of the family whose parameters are far from where they start.</summary>
    protected WeightPosterior Posterior(params long[] shape) =>
        Family.Of([.. Started(shape).Select((value, i) => new Parameter(value.add(Normal(value.shape).mul(i == 0 ? 1 : 0.5)).detach()))]);

    private IReadOnlyList<Tensor> Started(long[] shape) => Family.Start(Normal(shape), Normal(shape).mul(0.5).sub(1), TorchNoise.Global);

    private static WeightPosterior InType(PosteriorFamily family, WeightPosterior posterior, ScalarType dtype) =>
        family.Of([.. posterior.Parameters.Select(each => each.Value.detach().to(dtype))]);

    // log N(w; mu, Σ) of each draw, [draws].
    private Tensor LogDensity(WeightPosterior posterior, Tensor weights)
    {
        var covariance = Covariance(posterior);
        var centred = weights.sub(posterior.Mean).flatten(1);
        var distances = centred.mm(covariance.inverse()).mul(centred).sum(1L);
        return distances.add(covariance.logdet()).add(covariance.shape[0] * Math.Log(2 * Math.PI)).mul(-0.5);
    }

    private Tensor DenseEntropy(WeightPosterior posterior) =>
        Covariance(posterior).logdet().add(posterior.Mean.numel() * Math.Log(2 * Math.PI * Math.E)).div(2);

    [Fact]
    public void The_family_states_its_parameters_and_starts_them()
    {
        long[] shape = [3, 4];
        var stated = Family.ParametersOf(shape);
        var values = Started(shape);
        var posterior = Family.Of(values);
        stated[0].Name.Should().Be("mu");
        values.Select(value => value.shape).Should().BeEquivalentTo(stated.Select(each => each.Shape), options => options.WithStrictOrdering());
        posterior.Parameters.Select(each => each.Name).Should().Equal(stated.Select(each => each.Name));
        posterior.Parameters.Select(each => each.Value).Should().Equal(values, ReferenceEquals);
        posterior.Mean.Should().BeSameAs(values[0]);
        foreach (var value in values)
            ShouldBeFinite(value);
    }

    [Fact]
    public void It_starts_where_the_initializer_says()
    {
        Tensor mean = Normal(30, 40), logVariance = Normal(30, 40).mul(0.5).sub(3);
        var posterior = Family.Of(Family.Start(mean.clone(), logVariance.clone(), TorchNoise.Global));
        ShouldBeClose(posterior.Mean, mean, 0);
        Values(posterior.Stddev().div(logVariance.div(2).exp()).log().mean()).Single().Should().BeInRange(-0.1, 0.1);
    }

    [Fact]
    public void Every_noise_is_named_by_its_own_parameter()
    {
        var posterior = Posterior(3, 4);
        posterior.Noise.Select(each => each.Parameter).Should().OnlyHaveUniqueItems()
            .And.OnlyContain(parameter => posterior.Parameters.Any(each => ReferenceEquals(each.Value, parameter)));
    }

    [Fact]
    public void Weights_from_noise_have_its_mean_and_covariance()
    {
        using var _ = no_grad();
        const int draws = 200_000;
        var posterior = Posterior(2, 3);
        var covariance = Covariance(posterior);
        var weights = posterior.Draw(draws, TorchNoise.Global);
        weights.shape.Should().Equal(draws, 2, 3);
        var centred = weights.sub(posterior.Mean).flatten(1);
        var variances = covariance.diagonal();
        Values(centred.mean([0L]).div(variances.sqrt()).abs()).Max().Should().BeLessThan(5 / Math.Sqrt(draws));
        // The standard error of a covariance of normal numbers.
        var error = (covariance.square() + variances.unsqueeze(0) * variances.unsqueeze(1)).div(draws).sqrt();
        Values((centred.T.mm(centred) / draws - covariance).div(error).abs()).Max().Should().BeLessThan(5);
    }

    [Fact]
    public void Weights_are_linear_in_the_noise_and_its_directions_give_the_covariance()
    {
        using var _ = no_grad();
        var posterior = Posterior(2, 3);
        var jacobian = new List<Tensor>();
        Tensor[] zero = [.. posterior.Noise.Select(each => zeros(each.Shape, float64))];
        ShouldBeClose(posterior.WeightsFrom(zero), posterior.Mean, 0);
        for (int kind = 0; kind < zero.Length; kind++)
            for (long i = 0; i < zero[kind].numel(); i++)
            {
                Tensor[] one = [.. zero.Select(each => each.clone())];
                one[kind].view(-1)[i] = 1;
                jacobian.Add(posterior.DeviationsFrom(one).flatten());
            }
        var directions = stack(jacobian);
        ShouldBeClose(directions.T.mm(directions), Covariance(posterior), 1e-12);
    }

    [Fact]
    public void Draws_deviations_and_a_single_draw_agree()
    {
        var posterior = Posterior(3, 4);
        Tensor[] noise = [.. posterior.Noise.Select(each => Normal([2, .. each.Shape]))];
        var weights = posterior.Draw(2, new GivenNoise(noise));
        ShouldBeClose(posterior.Deviations(2, new GivenNoise(noise)).add(posterior.Mean), weights, 1e-14);
        var single = posterior.Draw(new GivenNoise(noise.Select(each => each[1])));
        single.shape.Should().Equal(3, 4);
        ShouldBeClose(single, weights[1], 1e-14);
    }

    [Fact]
    public void Marginals_are_the_diagonal_of_the_covariance()
    {
        var posterior = Posterior(3, 4);
        var variances = Covariance(posterior).diagonal().reshape(3, 4);
        ShouldBeClose(posterior.Marginals().Variance(), variances, 1e-12);
        ShouldBeClose(posterior.Marginals().Mean, posterior.Mean, 0);
        ShouldBeClose(posterior.Variance(), variances, 1e-12);
        ShouldBeClose(posterior.Stddev(), variances.sqrt(), 1e-12);
    }

    [Fact]
    public void The_entropy_is_that_of_the_dense_covariance()
    {
        var posterior = Posterior(3, 4);
        ShouldBeClose(posterior.Entropy(), DenseEntropy(posterior), 1e-12);
    }

    [Fact]
    public void The_entropy_is_the_expected_log_density()
    {
        using var _ = no_grad();
        const int draws = 100_000;
        var posterior = Posterior(2, 3);
        var densities = LogDensity(posterior, posterior.Draw(draws, TorchNoise.Global));
        posterior.Entropy().ToDouble().Should()
            .BeApproximately(-densities.mean().ToDouble(), 5 * densities.std().ToDouble() / Math.Sqrt(draws));
    }

    [Fact]
    public void The_total_correlation_is_the_excess_entropy_of_the_marginals()
    {
        var posterior = Posterior(3, 4);
        var correlation = posterior.TotalCorrelation();
        (correlation is null).Should().Be(IsIndependent);
        var dense = Covariance(posterior).diagonal().log().sum().sub(Covariance(posterior).logdet()).div(2);
        ShouldBeClose(correlation ?? dense.mul(0), dense, 1e-11);
        dense.ToDouble().Should().BeGreaterThan(IsIndependent ? -1e-12 : 0.01);
    }

    [Fact]
    public void Gradients_are_those_of_the_dense_formulas()
    {
        var posterior = Posterior(2, 3);
        Check(posterior.Entropy(), DenseEntropy(posterior));
        Check(posterior.Marginals().LogVariance.square().sum(), Covariance(posterior).diagonal().log().square().sum());
        if (posterior.TotalCorrelation() is { } correlation)
            Check(correlation, Covariance(posterior).diagonal().log().sum().sub(Covariance(posterior).logdet()).div(2));

        void Check(Tensor value, Tensor dense)
        {
            var expected = GradientsOf(dense);
            foreach (var (found, wanted) in GradientsOf(value).Zip(expected))
                ShouldBeClose(found, wanted, 1e-10);
        }

        Tensor[] GradientsOf(Tensor value)
        {
            foreach (var (_, parameter) in posterior.Parameters)
                parameter.grad = null;
            value.backward();
            return [.. posterior.Parameters.Select(each => each.Value.grad?.clone() ?? zeros_like(each.Value))];
        }
    }

    /// <summary>The gradient of an expectation is the expectation of the gradient through the draws.</summary>
    [Fact]
    public void Draws_carry_the_gradient_to_every_parameter()
    {
        var posterior = Posterior(2, 3);
        const int draws = 20_000;
        var target = Normal(6);
        posterior.Draw(draws, TorchNoise.Global).flatten(1).mv(target).square().mean().backward();
        Tensor[] found = [.. posterior.Parameters.Select(each => each.Value.grad!.clone())];
        foreach (var (_, parameter) in posterior.Parameters)
            parameter.grad = null;
        (posterior.Mean.flatten().dot(target).square() + Covariance(posterior).mv(target).dot(target)).backward();
        foreach (var ((name, parameter), gradient) in posterior.Parameters.Zip(found))
            ShouldBeClose(gradient, parameter.grad!, 0.15 * Values(parameter.grad!.abs().max()).Single() + 0.05, name);
    }

    public static TheoryData<string> Priors => [.. PriorsByName.Keys];

    private static readonly Dictionary<string, Func<Prior>> PriorsByName = new()
    {
        ["normal"] = () => new NormalPrior(0.3, 0.8),
        ["per weight"] = () => NormalPrior.PerWeight(full([2, 3], 0.2, float64), full([2, 3], 0.7, float64)),
        ["Laplace"] = () => new LaplacePrior(0.1, 0.6),
        ["mixture"] = () => new ScaleMixturePrior(0.4, 1, 0.1),
        ["Student t"] = () => new StudentTPrior(3, 0.5),
        ["learned scale"] = () => new LearnedScalePrior(),
        ["horseshoe"] = () => new HorseshoePrior(0.5),
    };

    /// <summary>Under every prior the divergence is −entropy − E[log p(w)], exactly or from draws; a scale that is learned adds its own.</summary>
    [Theory]
    [MemberData(nameof(Priors))]
    public void The_divergence_from_a_prior_is_its_monte_carlo_estimate(string name)
    {
        using var _ = no_grad();
        const int draws = 100_000;
        var posterior = Posterior(2, 3);
        var prior = PriorsByName[name]().For([2, 3], ScalarType.Float64);
        var weights = posterior.Draw(draws, TorchNoise.Global);
        double found = prior.KlDivergence(posterior).ToDouble(), ofDraws = prior.KlDivergence(posterior, weights).ToDouble();
        found.Should().BePositive();
        // What a hierarchical prior adds beside the marginals' divergence does not depend on the posterior's correlation.
        if (prior is HierarchicalNormalPrior)
        {
            double marginal = prior.KlDivergence(posterior.Marginals()).ToDouble();
            found.Should().BeApproximately(marginal + (posterior.TotalCorrelation()?.ToDouble() ?? 0), 1e-10);
            return;
        }
        var logPriors = prior.LogProbability(weights).flatten(1).sum(1L);
        var differences = LogDensity(posterior, weights).sub(logPriors);
        double error = differences.std().ToDouble() / Math.Sqrt(draws), ofPrior = logPriors.std().ToDouble() / Math.Sqrt(draws);
        found.Should().BeApproximately(differences.mean().ToDouble(), 5 * error + 1e-6);
        ofDraws.Should().BeApproximately(found, 5 * ofPrior + 1e-6);
    }

    [Fact]
    public void The_divergence_from_a_normal_prior_is_that_of_two_normal_distributions()
    {
        var posterior = Posterior(3, 4);
        var covariance = Covariance(posterior);
        var centred = posterior.Mean.flatten().sub(0.3);
        var dense = 0.5 * ((covariance.trace() + centred.dot(centred)) / 0.64 - 12 + 12 * Math.Log(0.64) - covariance.logdet());
        ShouldBeClose(new NormalPrior(0.3, 0.8).KlDivergence(posterior), dense, 1e-12);
    }

    [Theory]
    [InlineData(-80)]
    [InlineData(80)]
    public void Numbers_and_gradients_stay_finite_at_extreme_variances(double logVariance)
    {
        var values = Started([3, 4]);
        SetLogVariance(values, logVariance);
        var posterior = Family.Of([.. values.Select(value => new Parameter(value.to(float32)))]);
        var divergence = NormalPrior.Standard.KlDivergence(posterior);
        ShouldBeFinite(divergence);
        (divergence + posterior.Draw(2, TorchNoise.Global).sum()).backward();
        foreach (var (_, parameter) in posterior.Parameters)
            ShouldBeFinite(parameter.grad!);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e-5)]
    [InlineData(ScalarType.BFloat16, 0.02)]
    [InlineData(ScalarType.Float16, 0.01)]
    public void Lower_precision_matches_double_precision(ScalarType dtype, double tolerance)
    {
        using var _ = no_grad();
        WeightPosterior half = InType(Family, Posterior(LargeShape), dtype), wide = InType(Family, half, ScalarType.Float64);
        foreach (var make in PriorsByName.Where(each => each.Key != "per weight").Select(each => each.Value))
        {
            Prior prior = make().For(LargeShape, ScalarType.Float64), rounded = make().For(LargeShape, dtype);
            Compare(rounded.KlDivergence(half), prior.KlDivergence(wide));
            var draws = half.Draw(2, TorchNoise.Global);
            draws.dtype.Should().Be(dtype);
            Compare(rounded.KlDivergence(half, draws), prior.KlDivergence(wide, draws.to(float64)));
        }
        Compare(half.Entropy(), wide.Entropy());
        ShouldBeClose(half.Variance(), wide.Variance(), tolerance);

        void Compare(Tensor found, Tensor expected) =>
            found.ToDouble().Should().BeApproximately(expected.ToDouble(), tolerance * Math.Abs(expected.ToDouble()));
    }

    /// <summary>Draw k of a seed has the same weights to the bit in any blocks, and its rows are those of the whole.</summary>
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Named_draws_are_the_same_in_any_blocks(ScalarType dtype)
    {
        using var layer = new BayesianLinear(23, 31, initializer: new FanInInitializer(1) { Family = Family }, dtype: dtype);
        Tensor Drawn(int first, int count)
        {
            using var draws = new PosteriorDraws(seed: 9, count, first);
            draws.Bind(layer);
            return draws.Weights(layer.WeightPosterior).clone();
        }
        var all = Drawn(0, 7);
        all.shape.Should().Equal(7, 31, 23);
        ShouldBeClose(cat([Drawn(0, 1), Drawn(1, 4), Drawn(5, 2)], 0), all, 0);
        ShouldDiffer(all[0], all[1]);
        all.requires_grad.Should().BeFalse();

        // A part of several threads, with sigma computed before.
        using var whole = new PosteriorDraws(seed: 9, count: 7);
        whole.Bind(layer);
        whole.KeepStddevs(layer.Posteriors());
        using var part = whole.Part(2, 3, keepsWeights: false);
        ShouldBeClose(part.Weights(layer.WeightPosterior), all.narrow(0, 2, 3), 0);
    }

    [Fact]
    public void Named_draws_are_from_the_posterior()
    {
        using var layer = new BayesianLinear(3, 2, hasBias: false, initializer: new NormalInitializer { Family = Family }, dtype: float64);
        using (no_grad())
            foreach (var (_, value) in layer.WeightPosterior.Parameters)
                value.add_(Normal(value.shape).mul(0.3));
        const int count = 50_000;
        using var draws = new PosteriorDraws(seed: 4, count);
        draws.Bind(layer);
        using var _ = no_grad();
        var covariance = Covariance(layer.WeightPosterior);
        var centred = draws.Weights(layer.WeightPosterior).sub(layer.weight_mu).flatten(1);
        var error = (covariance.square() + covariance.diagonal().unsqueeze(0) * covariance.diagonal().unsqueeze(1)).div(count).sqrt();
        Values((centred.T.mm(centred) / count - covariance).div(error).abs()).Max().Should().BeLessThan(5);
    }

    [Fact]
    public void Rows_of_named_draws_are_rows_of_the_whole()
    {
        using var layer = new BayesianEmbedding(50, 5, initializer: new FanInInitializer(1) { Family = Family });
        var input = tensor(new long[] { 3, 41, 3 });
        using PosteriorDraws few = new(seed: 3, count: 4), all = new(seed: 3, count: 4);
        all.Bind(layer);
        var expected = all.Weights(layer.WeightPosterior).index_select(1, input);
        ShouldBeClose(layer.Sample(input, few), expected, 0);
    }

    [Fact]
    public void Pruned_weights_are_zero_in_every_draw()
    {
        using var _ = no_grad();
        var posterior = Posterior(3, 4);
        var mask = Normal(3, 4).gt(0);
        var before = posterior.Draw(2, new TorchNoise(3));
        if (!CanPrune)
        {
            posterior.Invoking(p => p.Prune(mask)).Should().Throw<NotSupportedException>()
                .WithMessage("* does not say how a weight becomes 0; override Prune.");
            return;
        }
        posterior.Prune(mask);
        var after = posterior.Draw(2, new TorchNoise(3));
        Values(after.masked_select(mask).abs()).Max().Should().BeLessThan(1e-15);
        ShouldBeClose(after.masked_select(mask.logical_not()), before.masked_select(mask.logical_not()), 0);
        ShouldBeFinite(NormalPrior.Standard.KlDivergence(posterior));
    }

    [Fact]
    public void Only_results_are_left_alive()
    {
        var posterior = Posterior(3, 4);
        using var _ = no_grad();
        long before = LiveTensors();
        using (posterior.Draw(2, TorchNoise.Global))
        using (posterior.Deviations(2, TorchNoise.Global))
        using (posterior.Entropy())
        using (posterior.Variance())
        using (posterior.Stddev())
        using (NormalPrior.Standard.KlDivergence(posterior))
            LiveTensors().Should().Be(before + 6);
        LiveTensors().Should().Be(before);
    }
}
