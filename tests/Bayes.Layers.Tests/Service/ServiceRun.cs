using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Bayes.Layers.Service;
using Bayes.Layers.Service.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Bayes.Layers.Tests.Service;

/// <summary>The service on a free port of the loopback, with a client. Dispose it: that stops the service.</summary>
internal sealed class ServiceRun : IAsyncDisposable
{
    private ServiceRun(WebApplication service) =>
        (Service, Client) = (service, new HttpClient { BaseAddress = new Uri(service.Urls.First()), Timeout = TimeSpan.FromSeconds(30) });

    public WebApplication Service { get; }

    public HttpClient Client { get; }

    /// <summary>Starts the service with a file.</summary>
    public static Task<ServiceRun> Start(string path, params string[] args) => Start(load: null, ["--Model", path, .. args]);

    /// <summary>Starts the service with a model of the test's own.</summary>
    public static Task<ServiceRun> Start(ServedModel model, params string[] args) => Start(_ => model, ["--Model", "in memory", .. args]);

    /// <summary>Returns an object of the service.</summary>
    public T Get<T>() where T : notnull => Service.Services.GetRequiredService<T>();

    /// <summary>Posts rows.</summary>
    public Task<HttpResponseMessage> Post(object rows, CancellationToken cancellationToken = default) =>
        Client.PostAsJsonAsync("/predict", new { rows }, cancellationToken);

    /// <summary>Posts rows, and returns the answers.</summary>
    public async Task<JsonArray> Predict(object rows)
    {
        using var response = await Post(rows);
        response.IsSuccessStatusCode.Should().BeTrue(await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!["predictions"]!.AsArray();
    }

    /// <summary>Posts a body as it is.</summary>
    public Task<HttpResponseMessage> PostText(string path, string body, string type = "application/json") =>
        Client.PostAsync(path, new StringContent(body, Encoding.UTF8, type));

    /// <summary>Posts lines, and returns the answers.</summary>
    public async Task<JsonNode[]> Stream(string body, string type = "application/x-ndjson")
    {
        using var response = await PostText("/predict/stream", body, type);
        string text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.Should().BeTrue(text);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Service.StopAsync();
        await Service.DisposeAsync();
    }

    private static async Task<ServiceRun> Start(Func<ServiceOptions, ServedModel>? load, string[] args)
    {
        var service = ServiceApplication.Create(
            ["--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default", "Critical", .. args], load);
        try
        {
            await service.StartAsync();
            return new ServiceRun(service);
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }
}
