using System.Net;
using System.Text.Json.Nodes;

namespace Bayes.Layers.Tests.Service;

public sealed class ServiceRefusalsTests : ServiceTest
{
    [Fact]
    public async Task Bad_rows_are_refused_one_by_one()
    {
        await using var run = await ServiceRun.Start(SaveMixture());
        const string Rows = """
            {"rows": [
                [1, 2, 3], {"x0": 1, "x1": 2}, {"x0": 1, "x1": 2, "x2": 3, "y": 4}, [1, 2], [1, 2, null], [1, "2", 3], [1, 2, "NaN"], [1, 2, 1e39],
                [1, 2, 1e999], [1, 2, true], 5, null, {"x0": 1, "x0": 1, "x1": 2, "x2": 3}, [[1], 2, 3], {"x0": 1, "x1": 2, "x2": 3}]}
            """;

        using var response = await run.PostText("/predict", Rows);
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        var answers = body["predictions"]!.AsArray();

        body["refused"]!.GetValue<int>().Should().Be(13);
        answers.Select(answer => answer!["error"]?.GetValue<string>()).Should().Equal(
            null,
            "The row lacks the column 'x2'; expected a finite number.",
            "The column 'y' is unknown; expected x0, x1, x2.",
            "The row has 2 values; expected 3: x0, x1, x2.",
            "The column 'x2' is missing; expected a finite number.",
            "The column 'x1' is \"2\"; expected a finite number.",
            "The column 'x2' is \"NaN\"; expected a finite number.",
            "The column 'x2' is 1e39; expected a finite number of at most 3.4e38.",
            "The column 'x2' is 1e999; expected a finite number of at most 3.4e38.",
            "The column 'x2' is true; expected a finite number.",
            "The row is 5; expected an object with a value for each column, or an array of 3 values.",
            "The row is null; expected an object with a value for each column, or an array of 3 values.",
            "The row has the column 'x0' twice; expected each once.",
            "The column 'x0' is [1]; expected a finite number.",
            null);
        answers[0]!["mean"]!.ToJsonString().Should().Be(answers[14]!["mean"]!.ToJsonString());
    }

    [Theory]
    [InlineData("{\"rows\": [[1, 2, NaN]]}", 400, "The body is not JSON: *")]
    [InlineData("{\"rows\": [[1, 2, 3]", 400, "The body is not JSON: *")]
    [InlineData("", 400, "The body is not JSON: *")]
    [InlineData("[[1, 2, 3]]", 400, "The body has no rows; expected *")]
    [InlineData("{\"row\": [1, 2, 3]}", 400, "The body has no rows; expected *")]
    [InlineData("{\"rows\": []}", 400, "The request has no rows; expected at least one.")]
    [InlineData("{\"rows\": [0, 0, 0, 0]}", 413, "The request has 4 rows; expected at most 3: *")]
    public async Task A_request_without_rows_or_with_too_many_is_refused_whole(string body, int status, string sentence)
    {
        await using var run = await ServiceRun.Start(SaveMixture(), "--RequestRows", "3");

        using var response = await run.PostText("/predict", body);

        ((int)response.StatusCode).Should().Be(status);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        JsonNode.Parse(await response.Content.ReadAsStringAsync())!["detail"]!.GetValue<string>().Should().Match(sentence);
        (await run.Predict(Rows(1)))[0]!["mean"].Should().NotBeNull("the service goes on");
    }

    [Theory]
    [InlineData("/predict", "text/plain", 415)]
    [InlineData("/predict/stream", "application/json", 415)]
    [InlineData("/nothing", "application/json", 404)]
    [InlineData("/model", "application/json", 405)]
    public async Task Other_requests_are_problems_too(string path, string type, int status)
    {
        await using var run = await ServiceRun.Start(SaveMixture());

        using var response = await run.PostText(path, "{}", type);

        ((int)response.StatusCode).Should().Be(status);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        await using var run = await ServiceRun.Start(SaveMixture(), "--BodyBytes", "100");

        using var response = await run.PostText("/predict", "{\"rows\": [[1, 2, 3" + new string(' ', 100) + "]]}");

        response.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        (await response.Content.ReadAsStringAsync()).Should().Contain("The body is too large; expected at most 100 bytes");
    }

    [Fact]
    public async Task A_row_that_the_model_refuses_does_not_refuse_others()
    {
        var model = new BlockedModel();
        model.Open();
        await using var run = await ServiceRun.Start(model);

        var answers = await run.Predict(new[] { new[] { 1 }, new[] { -1 }, new[] { 2 } });

        answers.Select(answer => answer!.ToJsonString()).Should().Equal(
            """{"mean":1,"epistemicStddev":0}""", """{"error":"The number is below 0."}""", """{"mean":2,"epistemicStddev":0}""");
    }
}
