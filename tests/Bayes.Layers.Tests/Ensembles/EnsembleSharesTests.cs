namespace Bayes.Layers.Tests.Ensembles;

/// <summary>Which draws of an ensemble belong to which member.</summary>
public sealed class EnsembleSharesTests : TorchTest
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_draws_of_the_members_are_those_of_the_ensemble(bool hasWeights)
    {
        var ensemble = new Ensemble(
            Enumerable.Range(0, 3).Select(_ => new BayesianSequential(new BayesianLinear(2, 1))).ToArray<nn.Module<Tensor, Tensor>>(),
            hasWeights ? [0.5, 0.2, 0.3] : null);
        var input = randn(4, 2);
        using var whole = ensemble.Draw(seed: 9, count: 8, first: 3);
        var expected = whole.Apply(input);
        var shares = ensemble.SharesOf(9, 8, first: 3);
        shares.SelectMany(share => share.Draws).Should().BeEquivalentTo(Enumerable.Range(0, 8));
        foreach (var share in shares)
        {
            share.Member.Should().BeSameAs(ensemble.Members[share.Index]);
            using var own = share.Member.Draw(share.Seed, share.Draws.Count, share.First);
            ShouldBeClose(own.Apply(input), stack(share.Draws.Select(draw => expected[draw])), 1e-6);
        }
    }

    [Fact]
    public void Members_without_a_draw_are_left_out() => new Ensemble([nn.Linear(2, 1), nn.Linear(2, 1)]).SharesOf(1, 1, first: 1)
        .Should().ContainSingle().Which.Index.Should().Be(1);

    [Fact]
    public void No_draw_is_refused() => FluentActions.Invoking(() => new Ensemble([nn.Linear(2, 1)]).SharesOf(1, 0))
        .Should().Throw<ArgumentOutOfRangeException>();
}
