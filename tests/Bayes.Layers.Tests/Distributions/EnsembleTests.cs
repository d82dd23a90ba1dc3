using Bayes.Layers.Likelihoods;
using Bayes.Layers.Prediction;
using Bayes.Layers.Tests.Laws;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Distributions;

/// <summary>A deep ensemble of alternating plain networks.</summary>
public sealed class DeepEnsembleTests : FunctionDistributionLaws
{
    private readonly Module<Tensor, Tensor>[] _networks = [.. Enumerable.Range(0, 3).Select(_ => Sequential(Linear(3, 8), Tanh(), Linear(8, 1)))];

    protected override bool IsRandom => false;

    protected override FunctionDistribution Create() => new Ensemble(_networks);

    [Fact]
    public void The_prediction_matches_its_networks()
    {
        var input = Input;
        using var noGrad = no_grad();
        var outputs = stack([.. _networks.Select(network => network.call(input))], 0).to(float64);
        using var prediction = new MonteCarloPredictive(Create(), new GaussianLikelihood(0.1)).forward(input);
        prediction.SamplesUsed.Should().Be(3);
        ShouldBeClose(prediction.Mean, outputs.mean([0]), 1e-6);
        ShouldBeClose(prediction.EpistemicVariance, outputs.var(0, unbiased: false), 1e-6);
        using var classes = new MonteCarloPredictive(Create(), new BernoulliLikelihood()).forward(input);
        ShouldBeClose(classes.Mean, outputs.sigmoid().mean([0]), 1e-6);
    }
}

/// <summary>An ensemble of Bayesian models of different architectures, with weights.</summary>
public sealed class WeightedEnsembleTests : FunctionDistributionLaws
{
    protected override FunctionDistribution Create() => new Ensemble(
        [new BayesianSequential(new BayesianLinear(3, 8), Tanh(), new BayesianLinear(8, 1)), new BayesianLinear(3, 1), Linear(3, 1)], [5, 2, 1]);

    [Fact]
    public void Members_have_their_shares_of_the_draws()
    {
        var input = Input;
        var ensemble = (Ensemble)Create();
        ensemble.Weights.Should().Equal(5 / 8.0, 2 / 8.0, 1 / 8.0);
        ensemble.ExactSamples.Should().BeNull();
        var plain = ((TorchSharp.Modules.Linear)ensemble.Module.children().Last()).call(input);
        using var draws = ensemble.Draw(seed: 1, count: 80);
        var outputs = draws.Apply(input);
        Enumerable.Range(0, 80).Count(draw => outputs[draw].allclose(plain, rtol: 0, atol: 1e-6)).Should().Be(10);
    }
}

/// <summary>An ensemble of an ensemble and a model that all share one set of layers.</summary>
public sealed class NestedEnsembleTests : FunctionDistributionLaws
{
    protected override FunctionDistribution Create()
    {
        var model = new BayesianSequential(Linear(3, 4), new BayesianLinear(4, 1));
        return new Ensemble([new Ensemble([model, model]), FunctionDistribution.Of(model)]);
    }
}

public sealed class EnsembleTests : TorchTest
{
    private static readonly Module<Tensor, Tensor> Network = Linear(2, 1);

    [Fact]
    public void Members_with_the_same_model_have_different_draws()
    {
        using var model = new BayesianLinear(3, 1);
        using var draws = new Ensemble([model, model]).Draw(seed: 1, count: 8);
        var outputs = draws.Apply(randn(5, 3));
        for (int i = 0; i < 8; i++)
            for (int j = 0; j < i; j++)
                ShouldDiffer(outputs[i], outputs[j]);
    }

    public static TheoryData<double[]> Weights => [.. new double[][] { [1], [1, 1], [3, 1], [0.2, 0.3, 0.5], [1e-6, 1], [1, 2, 3, 4, 5, 6, 7] }];

    [Theory]
    [MemberData(nameof(Weights))]
    public void After_any_number_of_draws_each_member_has_its_share_within_one_draw(double[] weights)
    {
        weights = [.. weights.Select(weight => weight / weights.Sum())];
        for (int draws = 1; draws < 400; draws += draws < 40 ? 1 : 37)
        {
            var shares = DrawShares.Of(weights, weights.Length, 0, draws);
            for (int member = 0; member < weights.Length; member++)
                Math.Abs(shares.Of(member, 0, draws).Places.Length - draws * weights[member]).Should().BeLessThan(1);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_draw_belongs_to_one_member_with_its_own_numbering_in_every_block(bool isWeighted)
    {
        double[]? weights = isWeighted ? [0.5, 0.2, 0.3] : null;
        var all = DrawShares.Of(weights, 3, 0, 100);
        foreach (var (first, count) in new[] { (0, 1), (1, 10), (37, 25), (99, 1) })
        {
            var some = DrawShares.Of(weights, 3, first, count);
            for (int member = 0; member < 3; member++)
            {
                var (before, places) = all.Of(member, first, count);
                some.Before(member).Should().Be(before);
                some.Of(member, 0, count).Places.Should().Equal(places);
                var (inside, later) = some.Of(member, count / 2, count - count / 2);
                all.Of(member, first + count / 2, count - count / 2).Should().BeEquivalentTo((before + inside, later));
            }
        }
    }

    [Fact]
    public void Equal_members_alternate_up_to_the_last_number()
    {
        var shares = DrawShares.Of(null, 3, int.MaxValue - 3, 3);
        Enumerable.Range(0, 3).Select(member => shares.Of(member, 0, 3).Places.Length).Should().Equal(1, 1, 1);
        shares.Before(0).Should().Be((int.MaxValue - 3L + 2) is var sum ? (int)(sum / 3) : 0);
    }

    [Fact]
    public void Exact_samples_multiply()
    {
        new Ensemble([Network, Network]).ExactSamples.Should().Be(2);
        new Ensemble([new Ensemble([Network, Network]), new Ensemble([Network, Network])]).ExactSamples.Should().Be(4);
        new Ensemble([new Ensemble([Network, Network]), FunctionDistribution.Of(Network)]).ExactSamples.Should().BeNull();
        new Ensemble([Network, new BayesianLinear(2, 1)]).ExactSamples.Should().BeNull();
        new MonteCarloPredictive(new Ensemble([Network, new BayesianLinear(2, 1)]), new GaussianLikelihood(1)).Samples.Should().Be(100);
    }

    [Fact]
    public void Invalid_members_and_weights_are_refused()
    {
        Refused(() => new Ensemble(Array.Empty<FunctionDistribution>()), "There are 0 members; expected at least one.*");
        Refused(() => new Ensemble([Network], [1, 2]), "There are 2 weights for 1 members; expected one for each.*");
        Refused(() => new Ensemble([Network, Network], [1, 0]), "*0*");
        Refused(() => new Ensemble([Network, Network], [1, double.NaN]), "*NaN*");
        Refused(() => new Ensemble([Network, Network], [double.MaxValue, double.MaxValue]), "The weights add up to*");
        Refused(() => new Ensemble([Network, null!]), "*null*");

        static void Refused(Func<Ensemble> make, string message) => make.Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void Members_with_different_outputs_or_inputs_are_refused()
    {
        Predictor(Linear(2, 3)).Invoking(each => each.forward(randn(4, 2))).Should().Throw<InvalidOperationException>()
            .WithMessage("Member 1 returned shape [4, 3], and member 0 [4, 1]; expected one shape.");
        Predictor(Linear(3, 1)).Invoking(each => each.forward(randn(4, 2))).Should().Throw<ArgumentException>().WithMessage("Linear does not take*");

        static MonteCarloPredictive Predictor(Module<Tensor, Tensor> other) => new(new Ensemble([Network, other]), new GaussianLikelihood(1));
    }

    [Fact]
    public void Predictions_with_different_weights_do_not_merge()
    {
        var input = randn(3, 2);
        using var first = new MonteCarloPredictive(new Ensemble([Network, Network], [1, 2]), new GaussianLikelihood(1), 4, seed: 1).Predict(input);
        using var second = new MonteCarloPredictive(new Ensemble([Network, Network], [2, 1]), new GaussianLikelihood(1), 4, seed: 1)
            .Predict(input, firstDraw: 4);
        FluentActions.Invoking(() => Predictive.Merge(first, second)).Should().Throw<ArgumentException>().WithMessage("*different parameters*");
    }

    [Fact]
    public void The_module_can_be_moved_and_disposing_it_keeps_the_networks()
    {
        using var member = Linear(2, 1);
        var ensemble = new Ensemble([member, new BayesianLinear(2, 1)]);
        ensemble.Module.to(float64);
        using (var predictor = new MonteCarloPredictive(ensemble, new GaussianLikelihood(1), 4))
        using (var prediction = predictor.Predict(Normal(3, 2)))
            ShouldBeFinite(prediction.Mean);
        ensemble.Module.state_dict().Keys.Should().Contain(["0.weight", "1.weight_mu"]);
        ensemble.Module.Dispose();
        ShouldBeFinite(member.weight!);
        ensemble.ToString().Should().Be("Ensemble(Linear of 3 parameters, BayesianLinear of 6 parameters)");
    }

    [Fact]
    public void A_member_that_fails_to_draw_leaves_no_functions_of_others()
    {
        var counted = new Counted { Limit = int.MaxValue };
        var failing = new Counted { Limit = 1 };
        var ensemble = new Ensemble([counted, failing]);
        ensemble.Draw(seed: 1, count: 2).Dispose();
        ensemble.Invoking(each => each.Draw(seed: 1, count: 2)).Should().Throw<TimeoutException>();
        counted.Open.Should().Be(0);
    }

    private sealed class Counted : FunctionDistribution
    {
        private int _made;

        public required int Limit { get; init; }

        public int Open { get; private set; }

        public override ulong Fingerprint() => 1;

        protected override FunctionDraws DrawNamed(long seed, int count, int first)
        {
            if (_made++ == Limit)
                throw new TimeoutException();
            Open++;
            return new Drawn(this, count);
        }

        private sealed class Drawn(Counted owner, int count) : FunctionDraws(count)
        {
            public override Tensor Apply(Tensor input) => throw new NotSupportedException();

            protected override void Dispose(bool disposing) => owner.Open--;
        }
    }
}
