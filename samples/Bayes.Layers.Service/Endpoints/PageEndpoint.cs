using System.Reflection;

namespace Bayes.Layers.Service.Endpoints;

/// <summary>A page for people: the model, a form to try it, and the routes.</summary>
internal static class PageEndpoint
{
    private static readonly Lazy<byte[]> Page = new(() =>
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("index.html")!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    });

    /// <summary>Maps the route.</summary>
    public static void Map(WebApplication service) =>
        service.MapGet("/", () => Results.Bytes(Page.Value, "text/html; charset=utf-8")).ExcludeFromDescription();
}
