using Bayes.Layers.Orleans.Scheduling;

namespace Bayes.Layers.Tests.Orleans;

public sealed class ShardLedgerTests
{
    private static readonly LedgerOptions Options = new();
    private readonly Dictionary<string, AgentBook> _books = [];

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private static ShardLedger Ledger(int shards, bool follows = false, params int[] done) => new(shards, Options, done, At(0), follows);

    private AgentBook Book(string agent) => _books.TryGetValue(agent, out var book) ? book : _books[agent] = new AgentBook(agent);

    private IReadOnlyList<int> Ask(ShardLedger ledger, string agent, double now, int free = 1) =>
        Book(agent).Take(ledger.Exchange(Book(agent).Report(free), At(now)));

    [Fact]
    public void Agents_with_room_get_open_shards_and_at_last_one_gets_the_merge()
    {
        var ledger = Ledger(3);
        Ask(ledger, "a", 0, free: 2).Should().Equal(0, 1);
        Ask(ledger, "b", 0, free: 2).Should().Equal(2);
        Book("a").End(0, WorkResult.Done);
        Book("a").End(1, WorkResult.Done);
        Ask(ledger, "a", 1).Should().BeEmpty();
        ledger.DoneCount.Should().Be(2);
        Book("b").End(2, WorkResult.Done);
        Ask(ledger, "b", 1).Should().Equal(WorkItem.Merge);
        Ask(ledger, "a", 1).Should().BeEmpty("one merges");
        Book("b").End(WorkItem.Merge, WorkResult.Done);
        Ask(ledger, "b", 2).Should().BeEmpty();
        ledger.End.Should().Be(LedgerEnd.Merged);
        ledger.AttemptCount.Should().Be(0);
    }

    [Fact]
    public void A_table_without_rows_is_merged_at_once() => Ask(Ledger(0), "a", 0).Should().Equal(WorkItem.Merge);

    [Fact]
    public void A_silent_agent_loses_its_shards()
    {
        var ledger = Ledger(1);
        Ask(ledger, "a", 0).Should().Equal(0);
        Ask(ledger, "b", 1).Should().BeEmpty();
        Ask(ledger, "b", Options.Lease.TotalSeconds + 1).Should().Equal(0);
        Book("a").End(0, WorkResult.Done);
        Ask(ledger, "a", 20).Should().Equal([WorkItem.Merge], "the part is there, whoever wrote it");
    }

    [Fact]
    public void What_was_given_in_an_answer_that_was_lost_is_open_again()
    {
        var ledger = Ledger(1);
        ledger.Exchange(Book("a").Report(1), At(0)).Start.Should().Equal(0);
        ledger.Exchange(Book("a").Report(1), At(1)).Start.Should().Equal(0);
    }

    [Fact]
    public void A_report_that_arrives_twice_or_late_changes_nothing()
    {
        var ledger = Ledger(2);
        var first = Book("a").Report(1);
        Book("a").Take(ledger.Exchange(first, At(0)));
        Book("a").End(0, WorkResult.Failed, "no");
        var second = Book("a").Report(0);
        ledger.Exchange(second, At(1));
        ledger.Exchange(second, At(1)).Should().Be(WorkOrder.Nothing);
        ledger.Exchange(first, At(1)).Should().Be(WorkOrder.Nothing);
        ledger.Exchange(Book("a").Report(0), At(2));
        ledger.End.Should().Be(LedgerEnd.NotYet, "the outcome was not confirmed, was sent again, and counts once");
    }

    [Fact]
    public void The_slowest_shard_gets_one_copy_when_none_is_open_and_the_first_part_wins()
    {
        var ledger = Ledger(2);
        Ask(ledger, "slow", 0).Should().Equal(0);
        Ask(ledger, "a", 0).Should().Equal(1);
        Ask(ledger, "b", 1).Should().BeEmpty("no shard has run for long");
        Book("a").End(1, WorkResult.Done);
        Ask(ledger, "a", 2).Should().BeEmpty();
        Ask(ledger, "slow", 5);
        Ask(ledger, "a", 6).Should().Equal(0);
        Ask(ledger, "b", 6).Should().BeEmpty("two are enough");
        Book("a").End(0, WorkResult.Done);
        Ask(ledger, "a", 7).Should().Equal(WorkItem.Merge);
        ledger.Exchange(Book("slow").Report(0), At(8)).Stop.Should().Equal(0);
    }

    [Fact]
    public void The_same_sentence_three_times_fails_the_job()
    {
        var ledger = Ledger(2);
        for (var i = 0; i < 3; i++)
        {
            ledger.End.Should().Be(LedgerEnd.NotYet);
            Ask(ledger, "a", 10 * i).Should().Contain(0);
            Book("a").End(0, WorkResult.Failed, "The disk is full.");
            Ask(ledger, "a", (10 * i) + 1, free: 0);
        }
        (ledger.End, ledger.Error).Should().Be((LedgerEnd.Failed, "The disk is full."));
        Ask(ledger, "a", 100).Should().BeEmpty();
    }

    [Fact]
    public void Other_sentences_each_time_fail_it_later()
    {
        var ledger = Ledger(1);
        var tries = 0;
        for (; ledger.End == LedgerEnd.NotYet; tries++)
        {
            Ask(ledger, "a", 100 * tries).Should().Equal(0);
            Book("a").End(0, WorkResult.Failed, $"Error {tries}.");
            Ask(ledger, "a", (100 * tries) + 1, free: 0);
        }
        tries.Should().Be(Options.TotalFailureLimit);
    }

    [Fact]
    public void An_agent_that_failed_at_a_shard_leaves_it_to_another_one()
    {
        var ledger = Ledger(1);
        Ask(ledger, "a", 0).Should().Equal(0);
        Ask(ledger, "b", 0);
        Book("a").End(0, WorkResult.Failed, "no");
        Ask(ledger, "a", 2).Should().BeEmpty();
        Ask(ledger, "a", 4).Should().BeEmpty();
        Ask(ledger, "b", 4).Should().Equal(0);
    }

    [Fact]
    public void A_corrupt_part_is_made_again()
    {
        var ledger = Ledger(2, false, 0, 1);
        Ask(ledger, "a", 0).Should().Equal(WorkItem.Merge);
        Book("a").End(WorkItem.Merge, WorkResult.Failed, "The part of shard 1 is corrupt.", [1]);
        Ask(ledger, "a", 1).Should().BeEmpty();
        Ask(ledger, "a", 3).Should().Equal(1);
        Book("a").End(1, WorkResult.Done);
        Ask(ledger, "a", 4).Should().Equal(WorkItem.Merge);
    }

    [Fact]
    public void A_ledger_that_follows_another_takes_over_what_runs()
    {
        var ledger = Ledger(3, follows: true, 0);
        Book("a").Take(new WorkOrder { Start = [1] });
        Ask(ledger, "b", 0).Should().BeEmpty("agents at work may not have reported yet");
        Ask(ledger, "a", 1).Should().BeEmpty();
        Ask(ledger, "b", 3, free: 3).Should().Equal(2);
    }

    [Fact]
    public void A_paused_job_gives_nothing_out()
    {
        var ledger = Ledger(2);
        Ask(ledger, "a", 0);
        ledger.Paused = true;
        Ask(ledger, "b", 0).Should().BeEmpty();
        Book("a").End(0, WorkResult.Done);
        Ask(ledger, "a", 1).Should().BeEmpty();
        ledger.DoneCount.Should().Be(1);
        ledger.Paused = false;
        Ask(ledger, "b", 2).Should().Equal(1);
    }

    [Fact]
    public void A_cancelled_job_stops_its_agents()
    {
        var ledger = Ledger(2);
        Ask(ledger, "a", 0);
        ledger.Cancel();
        ledger.Exchange(Book("a").Report(3), At(1)).Should().BeEquivalentTo(new { Start = Array.Empty<int>(), Stop = new[] { 0 } });
        Book("a").End(0, WorkResult.Stopped);
        Ask(ledger, "a", 2);
        (ledger.End, ledger.AttemptCount).Should().Be((LedgerEnd.Cancelled, 0));
    }

    [Fact]
    public void An_agent_that_refuses_gets_nothing_and_the_job_fails_only_if_all_refuse()
    {
        var ledger = Ledger(1);
        void Refuse(double now) => ledger.Exchange(Book("old").Report(1, "Version 1 is not version 2."), At(now)).Start.Should().BeEmpty();
        Refuse(0);
        Ask(ledger, "new", 0).Should().Equal(0);
        Refuse(14);
        Refuse(28);
        ledger.End.Should().Be(LedgerEnd.NotYet, "the new one was there until a lease ago");
        Refuse(42);
        Refuse(56);
        (ledger.End, ledger.Error).Should().Be((LedgerEnd.Failed, "Version 1 is not version 2."));
    }

    [Fact]
    public void An_agent_that_leaves_gives_its_shards_back()
    {
        var ledger = Ledger(1);
        Ask(ledger, "a", 0).Should().Equal(0);
        Book("a").End(0, WorkResult.Stopped);
        ledger.Exchange(Book("a").Report(0, leaves: true), At(1));
        ledger.AgentCount.Should().Be(0);
        Ask(ledger, "b", 1).Should().Equal(0);
    }
}
