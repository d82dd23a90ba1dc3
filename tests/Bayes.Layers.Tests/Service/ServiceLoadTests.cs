using System.Net;
using System.Text.Json.Nodes;
using Bayes.Layers.Service.Batching;
using Bayes.Layers.Service.Models;

namespace Bayes.Layers.Tests.Service;

public sealed class ServiceLoadTests : ServiceTest
{
    [Fact]
    public async Task Many_clients_at_once_get_their_own_answers()
    {
        const int Clients = 32, Requests = 8;
        double[][] rows = Rows(Clients * Requests);
        string path = SaveMixture();
        double[] means = Direct(path, rows, prediction => Numbers(prediction.Mean));
        await using var run = await ServiceRun.Start(path);

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            for (int request = 0; request < Requests; request++)
            {
                int row = client * Requests + request;
                var answers = await run.Predict(new[] { rows[row] });
                answers.Single()!["mean"]!.GetValue<double>().Should().Be(means[row]);
            }
        }));
    }

    [Fact]
    public async Task Rows_that_arrive_while_a_batch_is_computed_are_the_next_batch()
    {
        var model = new BlockedModel();
        await using var run = await ServiceRun.Start(model, "--Workers", "1");
        var queue = run.Get<RowQueue>();
        var first = run.Predict(new[] { new[] { 0 } });
        await Eventually.Be(() => model.Batches == 1, "the first row is computed alone");
        var others = Enumerable.Range(1, 10).Select(row => run.Predict(new[] { new[] { row } })).ToArray();
        await Eventually.Be(() => queue.Count == 10, "the others wait");

        model.Open();

        foreach (var (row, answers) in (await Task.WhenAll(others)).Index())
            answers[0]!["mean"]!.GetValue<double>().Should().Be(row + 1);
        (await first)[0]!["mean"]!.GetValue<double>().Should().Be(0);
        model.Batches.Should().Be(2);
    }

    [Fact]
    public async Task A_full_queue_refuses_and_recovers()
    {
        var model = new BlockedModel();
        await using var run = await ServiceRun.Start(model, "--Workers", "1", "--QueueRows", "4");
        var queue = run.Get<RowQueue>();
        var computed = run.Predict(new[] { new[] { 0 } });
        await Eventually.Be(() => model.Batches == 1, "the first row is computed");
        var waiting = run.Predict(new[] { new[] { 1 }, [2], [3] });
        await Eventually.Be(() => queue.Count == 3, "three rows wait");

        using (var refused = await run.Post(new[] { new[] { 4 }, [5] }))
        {
            refused.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
            refused.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1));
            JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["detail"]!.GetValue<string>().Should().Be(
                "There is no room for 2 rows beside those that wait; at most 4 may. Try again later.");
        }
        var fitting = run.Predict(new[] { new[] { 4 } });
        await Eventually.Be(() => queue.Count == 4, "one more row fits");
        (await run.Client.GetStringAsync("/health/ready")).Should().Contain("ready", "health does not wait");

        model.Open();

        (await computed).Count.Should().Be(1);
        (await waiting).Count.Should().Be(3);
        (await fitting).Count.Should().Be(1);
        (await run.Predict(new[] { new[] { 4 }, [5] })).Count.Should().Be(2);
    }

    [Fact]
    public async Task A_client_that_goes_frees_its_rows()
    {
        var model = new BlockedModel();
        await using var run = await ServiceRun.Start(model, "--Workers", "1", "--QueueRows", "3");
        var queue = run.Get<RowQueue>();
        var other = run.Predict(new[] { new[] { 0 } });
        await Eventually.Be(() => model.Batches == 1, "another client's row is computed");
        using var gone = new CancellationTokenSource();
        var waiting = run.Post(new[] { new[] { 1 }, [2], [3] }, gone.Token);
        await Eventually.Be(() => queue.Count == 3, "the rows wait");

        await gone.CancelAsync();

        await waiting.Awaiting(task => task).Should().ThrowAsync<OperationCanceledException>();
        await Eventually.Be(() => queue.Count == 0, "the rows leave the queue before it is their turn");
        model.Open();
        (await other).Count.Should().Be(1);
        (await run.Predict(new[] { new[] { 4 } })).Count.Should().Be(1);
        model.Batches.Should().Be(2, "the rows of the client that went were not computed");
    }

    [Fact]
    public async Task A_batch_that_nobody_waits_for_ends()
    {
        var model = new BlockedModel();
        await using var run = await ServiceRun.Start(model, "--Workers", "1");
        using var gone = new CancellationTokenSource();
        var computed = run.Post(new[] { new[] { 1 } }, gone.Token);
        await Eventually.Be(() => model.Batches == 1, "the row is computed");

        await gone.CancelAsync();

        await computed.Awaiting(task => task).Should().ThrowAsync<OperationCanceledException>();
        await Eventually.Be(() => model.Cancelled == 1, "the computation ends although the model would go on");
        model.Open();
        (await run.Predict(new[] { new[] { 2 } }))[0]!["mean"]!.GetValue<double>().Should().Be(2);
    }

    [Fact]
    public async Task A_stopping_service_answers_what_it_has()
    {
        var model = new BlockedModel();
        await using var run = await ServiceRun.Start(model, "--Workers", "1");
        var computed = run.Predict(new[] { new[] { 1 } });
        await Eventually.Be(() => model.Batches == 1, "a row is computed");
        var waiting = run.Predict(new[] { new[] { 2 } });
        await Eventually.Be(() => run.Get<RowQueue>().Count == 1, "another one waits");

        var stopping = run.Service.StopAsync();
        stopping.IsCompleted.Should().BeFalse();
        model.Open();

        (await computed)[0]!["mean"]!.GetValue<double>().Should().Be(1);
        (await waiting)[0]!["mean"]!.GetValue<double>().Should().Be(2);
        await stopping;
        await run.Awaiting(each => each.Predict(new[] { new[] { 3 } })).Should().ThrowAsync<HttpRequestException>("it listens no more");
    }

    [Fact]
    public async Task Tensors_do_not_grow()
    {
        await using var run = await ServiceRun.Start(SaveMixture());
        PredictionsLeaveNothing(run.Get<ServedModel>());
        await Load(run, 5);
        long all = Tensor.TotalCount;

        await Load(run, 20);

        Tensor.TotalCount.Should().BeLessThan(all + 20, "160 requests leave nothing behind");
    }

    // Without an await: tensors are counted by thread.
    private static void PredictionsLeaveNothing(ServedModel model)
    {
        object?[][] rows = [.. Rows(5).Select(row => row.Cast<object?>().ToArray())];
        _ = model.Predict(rows, CancellationToken.None);
        long live = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        for (int time = 0; time < 3; time++)
            _ = model.Predict(rows, CancellationToken.None);
        DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount.Should().Be(live);
    }

    private static async Task Load(ServiceRun run, int requests)
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async client =>
        {
            for (int request = 0; request < requests; request++)
                _ = await run.Predict(Rows(1, client));
        }));
    }
}
