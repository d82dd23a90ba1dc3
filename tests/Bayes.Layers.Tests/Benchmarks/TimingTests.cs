using Bayes.Layers.Benchmarks.Measuring;

namespace Bayes.Layers.Tests.Benchmarks;

public sealed class TimingTests
{
    [Fact]
    public void Quantiles_lie_between_the_rounds_they_fall_between()
    {
        var timing = Timing.Of([5, 1, 4, 2, 3, 6]);
        timing.Should().Be(new Timing(Median: 3.5, LowerQuartile: 2.25, UpperQuartile: 4.75, Rounds: 6));
        Timing.Of([2]).Should().Be(new Timing(2, 2, 2, 1));
    }

    [Fact]
    public void Rounds_are_at_least_so_many_when_time_is_up_and_at_most_so_many_when_it_is_not()
    {
        new Rounds(Seconds: 0, Least: 3, Most: 9).Time([Nothing]).Should().ContainSingle().Which.Rounds.Should().Be(3);
        new Rounds(Seconds: 1e6, Least: 1, Most: 4).Time([Nothing]).Should().ContainSingle().Which.Rounds.Should().Be(4);

        static void Nothing()
        {
        }
    }

    [Fact]
    public void Ways_take_turns_and_each_is_first_as_often_as_the_others()
    {
        var order = new List<char>();
        new Rounds(Seconds: 0, Least: 3, Most: 3).Time([() => Take('a'), () => Take('b'), () => Take('c')]);
        // Each was called twice to warm up, and is long enough to be called once a round.
        string.Concat(order).Should().Be("aabbcc" + "abc" + "bca" + "cab");

        void Take(char way)
        {
            order.Add(way);
            Thread.Sleep(6);
        }
    }

    [Fact]
    public void What_is_short_is_repeated_within_a_round()
    {
        int calls = 0;
        new Rounds(Seconds: 0, Least: 1, Most: 1).Time([() => calls++]);
        calls.Should().BeGreaterThan(100);
    }
}
