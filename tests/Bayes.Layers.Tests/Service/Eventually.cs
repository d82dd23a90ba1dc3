using System.Diagnostics;

namespace Bayes.Layers.Tests.Service;

/// <summary>Waits for what other threads do.</summary>
internal static class Eventually
{
    /// <summary>Waits until something is so; fails after 20 seconds.</summary>
    public static async Task Be(Func<bool> isSo, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!isSo())
        {
            watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(20), what);
            await Task.Delay(5);
        }
    }
}
