using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Bayes.Layers.Service.Batching;

namespace Bayes.Layers.Tests.Service;

public sealed class ServiceStreamTests : ServiceTest
{
    [Fact]
    public async Task Lines_are_answered_in_order_and_bad_ones_refused_by_number()
    {
        await using var run = await ServiceRun.Start(SaveMixture(), "--BatchRows", "2", "--LineBytes", "50");
        string tooLong = "[1, 2, " + new string(' ', 200) + "3]";

        var answers = await run.Stream($"[1, 2, 3]\r\n\n{{\"x0\": 1}}\n[1, 2\n{tooLong}\n[1, 2, 3]\n[3, 2, 1]");

        answers.Select(answer => answer["line"]!.GetValue<int>()).Should().Equal(1, 3, 4, 5, 6, 7);
        answers.Select(answer => answer["error"]?.GetValue<string>()).Should().SatisfyRespectively(
            error => error.Should().BeNull(), error => error.Should().Be("The row lacks the column 'x1'; expected a finite number."),
            error => error.Should().StartWith("The line is not JSON: "),
            error => error.Should().Be("The line is too long; expected at most 50 bytes."), error => error.Should().BeNull(),
            error => error.Should().BeNull());
        answers[0]["mean"]!.ToJsonString().Should().Be(answers[4]["mean"]!.ToJsonString());
    }

    [Fact]
    public async Task Csv_has_a_header_and_any_order()
    {
        await using var run = await ServiceRun.Start(SaveMixture(), "--Columns", "a,b,c");
        var expected = await run.Predict(new[] { new[] { 1, 2, 3 } });

        var answers = await run.Stream("\uFEFFc,\"a\",b\r\n3,1,2\r\n\"3\",1,2\r\n3,1\r\n3,x,2\r\n3,,2\r\n3,\"1,2\n3,1,2", "text/csv");

        answers.Select(answer => answer["line"]!.GetValue<int>()).Should().Equal(2, 3, 4, 5, 6, 7, 8);
        foreach (int good in new[] { 0, 1, 6 })
            answers[good]["mean"]!.ToJsonString().Should().Be(expected[0]!["mean"]!.ToJsonString());
        answers.Where(answer => answer["error"] is not null).Select(answer => answer["error"]!.GetValue<string>()).Should().Equal(
            "The line has 2 values; expected 3, as the header.", "The column 'a' is 'x'; expected a number.",
            "The column 'a' is missing; expected a finite number.", "The line has a quotation mark that does not end.");
    }

    [Theory]
    [InlineData("", "The body is empty; expected a header with the names of the columns.")]
    [InlineData("x0,x1\n1,2", "The header lacks the column 'x2'; expected x0, x1, x2.")]
    [InlineData("x0,x1,x2,y\n", "The column 'y' is unknown; expected x0, x1, x2.")]
    [InlineData("x0,x1,x2,x2\n", "The header has a column twice; expected each once.")]
    public async Task A_header_that_does_not_fit_refuses_the_file(string body, string sentence)
    {
        await using var run = await ServiceRun.Start(SaveMixture());

        using var response = await run.PostText("/predict/stream", body, "text/csv");

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        JsonNode.Parse(await response.Content.ReadAsStringAsync())!["detail"]!.GetValue<string>().Should().Be(sentence);
    }

    [Fact]
    public async Task A_large_file_waits_for_its_reader()
    {
        const int Lines = 4000;
        await using var run = await ServiceRun.Start(SaveMixture(), [.. TwoWays()]);
        using var client = new HttpClient { BaseAddress = new Uri(run.Service.Urls.First()) };
        var file = new SlowlyReadFile(Lines);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/predict/stream")
        {
            Content = file, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        await Standstill(file);

        file.Sent.Should().BeLessThan(Lines, "the service reads no further than its answers are taken");

        for (int line = 1; line <= Lines; line++)
            (await reader.ReadLineAsync())!.Should().StartWith($"{{\"line\":{line},\"mean\":");
        (await reader.ReadLineAsync()).Should().BeNull();
    }

    [Fact]
    public async Task Answers_come_while_the_client_still_sends()
    {
        await using var run = await ServiceRun.Start(SaveMixture(), [.. TwoWays()]);
        using var client = new HttpClient { BaseAddress = new Uri(run.Service.Urls.First()) };
        var file = new LinesByHand();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/predict/stream")
        {
            Content = file, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        for (int line = 1; line <= 3; line++)
        {
            await file.Send("[1, 2, 3]\n");
            (await reader.ReadLineAsync())!.Should().StartWith($"{{\"line\":{line},\"mean\":");
        }
        file.End();
        (await reader.ReadLineAsync()).Should().BeNull();
    }

    [Fact]
    public async Task A_stopping_service_ends_a_stream_with_a_sentence()
    {
        await using var run = await ServiceRun.Start(SaveMixture(), [.. TwoWays()]);
        using var client = new HttpClient { BaseAddress = new Uri(run.Service.Urls.First()) };
        var file = new LinesByHand();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/predict/stream")
        {
            Content = file, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        await file.Send("[1, 2, 3]\n");
        (await reader.ReadLineAsync())!.Should().Contain("mean");

        var stopping = run.Service.StopAsync();

        (await reader.ReadLineAsync()).Should().Be(
            """{"error":"The service is stopping; the lines after the last answer were not predicted."}""");
        file.End();
        await stopping;
    }

    [Fact]
    public async Task Streams_are_few_and_free_their_places()
    {
        var model = new BlockedModel();
        await using var run = await ServiceRun.Start(model, "--Streams", "1");
        using var gone = new CancellationTokenSource();
        var first = run.Client.PostAsync("/predict/stream", new StringContent("[1]", Encoding.UTF8, "application/x-ndjson"), gone.Token);
        await Eventually.Be(() => model.Batches == 1, "a stream is computed");

        using (var second = await run.PostText("/predict/stream", "[1]", "application/x-ndjson"))
            second.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        await gone.CancelAsync();

        await first.Awaiting(task => task).Should().ThrowAsync<OperationCanceledException>();
        await Eventually.Be(() => model.Cancelled == 1 && run.Get<RowQueue>().Count == 0, "the client has gone");
        model.Open();
        await Eventually.Be(() => IsFree().GetAwaiter().GetResult(), "the place is free");

        async Task<bool> IsFree()
        {
            using var response = await run.PostText("/predict/stream", "[2]", "application/x-ndjson");
            return response.IsSuccessStatusCode;
        }
    }

    // HttpClient reads an answer while it still sends only by HTTP/2.
    private static string[] TwoWays() => ["--Kestrel:EndpointDefaults:Protocols", "Http2"];

    private static async Task Standstill(SlowlyReadFile file)
    {
        long before = -1;
        for (int same = 0; same < 3; before = file.Sent)
        {
            await Task.Delay(100);
            same = file.Sent == before && before > 0 ? same + 1 : 0;
        }
    }

    /// <summary>A file whose lines are made when they are sent.</summary>
    private sealed class SlowlyReadFile : HttpContent
    {
        private readonly int _lines;
        private long _sent;

        public SlowlyReadFile(int lines)
        {
            _lines = lines;
            Headers.ContentType = new("application/x-ndjson");
        }

        public long Sent => Interlocked.Read(ref _sent);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            // Long lines fill the buffers between client and service, some 800 kB, by few rows.
            byte[] one = Encoding.UTF8.GetBytes($"[0.123456789, -1.23456789, {new string(' ', 1000)} 1]\n");
            for (int line = 0; line < _lines; line++)
            {
                await stream.WriteAsync(one);
                Interlocked.Increment(ref _sent);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    /// <summary>A body whose lines the test sends.</summary>
    private sealed class LinesByHand : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LinesByHand() => Headers.ContentType = new("application/x-ndjson");

        public async Task Send(string line)
        {
            var stream = await _stream.Task;
            await stream.WriteAsync(Encoding.UTF8.GetBytes(line));
            await stream.FlushAsync();
        }

        public void End() => _end.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.FlushAsync();
            _stream.TrySetResult(stream);
            await _end.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
