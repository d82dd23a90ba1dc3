using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json.Nodes;
using Bayes.Layers.Service.Batching;
using Bayes.Layers.Service.Observing;

namespace Bayes.Layers.Tests.Service;

public sealed class ServiceObservationTests : ServiceTest
{
    [Fact]
    public async Task Health_says_that_it_lives_and_is_ready()
    {
        await using var run = await ServiceRun.Start(SaveMixture());

        (await run.Client.GetStringAsync("/health/live")).Should().Be("""{"status":"live"}""");
        (await run.Client.GetStringAsync("/health/ready")).Should().Be("""{"status":"ready"}""");
    }

    [Fact]
    public async Task The_document_lists_the_routes_and_an_example_that_works()
    {
        await using var run = await ServiceRun.Start(SaveMixture(), "--Columns", "a,b,c");

        var document = JsonNode.Parse(await run.Client.GetStringAsync("/openapi/v1.json"))!;

        document["paths"]!.AsObject().Select(path => path.Key).Should().BeEquivalentTo(
            "/predict", "/predict/stream", "/model", "/health/live", "/health/ready");
        var predict = document["paths"]!["/predict"]!["post"]!;
        predict["responses"]!.AsObject().Select(response => response.Key).Should().Contain(["200", "400", "413", "415", "503"]);
        string example = predict["requestBody"]!["content"]!["application/json"]!["example"]!.ToJsonString();
        using var response = await run.PostText("/predict", example);
        (await response.Content.ReadAsStringAsync()).Should().Contain("mean").And.Contain("\"refused\":0");
    }

    [Fact]
    public async Task The_page_needs_nothing_from_elsewhere()
    {
        await using var run = await ServiceRun.Start(SaveMixture());

        using var response = await run.Client.GetAsync("/");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.Should().Be("text/html");
        string page = await response.Content.ReadAsStringAsync();
        page.Should().Contain("openapi/v1.json").And.NotContain("https://").And.NotContain("http://").And.NotContain("src=");
    }

    [Fact]
    public async Task Metrics_count_rows()
    {
        var sums = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener();
        await using var run = await ServiceRun.Start(SaveMixture());
        var metrics = run.Get<ServiceMetrics>();
        listener.InstrumentPublished = (instrument, each) =>
        {
            if (metrics.Owns(instrument))
                each.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument, value));
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Add(instrument, value));
        listener.SetMeasurementEventCallback<double>((instrument, _, _, _) => Add(instrument, 1));
        listener.Start();

        _ = await run.Predict(new object[] { new[] { 1, 2, 3 }, new[] { 1, 2 }, new[] { 3, 2, 1 } });
        _ = await run.Stream("[1, 2, 3]\n[1]\n");
        using var refused = await run.PostText("/predict", "{}");
        listener.RecordObservableInstruments();

        sums["bayes.rows.predicted"].Should().Be(3);
        sums["bayes.rows.refused"].Should().Be(2);
        sums["bayes.requests.refused"].Should().Be(1);
        await Eventually.Be(() => sums.GetValueOrDefault("bayes.batch.rows") == 3, "batches have had three rows");
        sums["bayes.row.duration"].Should().Be(3);
        sums["bayes.uncertainty.epistemic"].Should().Be(3);
        sums["bayes.queue.rows"].Should().Be(0);
        run.Get<RowQueue>().Count.Should().Be(0);

        void Add(Instrument instrument, double value) => sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
    }
}
