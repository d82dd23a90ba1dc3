using Bayes.Layers.Benchmarks.Measuring;

namespace Bayes.Layers.Tests.Benchmarks;

public sealed class TimingTests
{
    [Fact]
    public void Quantiles_interpolate_between_rounds()
    {
        var timing = Timing.Of([5, 1, 4, 2, 3, 6]);
        timing.Should().Be(new Timing(Median: 3.5, LowerQuartile: 2.25, UpperQuartile: 4.75, Rounds: 6));
        Timing.Of([2]).Should().Be(new Timing(2, 2, 2, 1));
    }

    [Fact]
    public void The_number_of_rounds_stays_between_its_limits()
    {
        new Rounds(Seconds: 0, Least: 3, Most: 9).Time([Nothing]).Should().ContainSingle().Which.Rounds.Should().Be(3);
        new Rounds(Seconds: 1e6, Least: 1, Most: 4).Time([Nothing]).Should().ContainSingle().Which.Rounds.Should().Be(4);

        static void Nothing()
        {
        }
    }

    [Fact]
    public void The_variants_alternate_and_each_is_first_equally_often()
    {
        var order = new List<char>();
        new Rounds(Seconds: 0, Least: 3, Most: 3).Time([() => Take('a'), () => Take('b'), () => Take('c')]);
        // Each was called some times to warm up, and is long enough to be called once a round.
        string.Concat(order).Should().MatchRegex("^a{2,}b{2,}c{2,}abcbcacab$");

        void Take(char way)
        {
            order.Add(way);
            Thread.Sleep(6);
        }
    }

    [Fact]
    public void Short_calls_are_repeated_within_a_round()
    {
        Rounds.Repeats(1e-5).Should().Be(500);
        Rounds.Repeats(0).Should().Be(10_000);
        Rounds.Repeats(0.1).Should().Be(1);
    }
}
