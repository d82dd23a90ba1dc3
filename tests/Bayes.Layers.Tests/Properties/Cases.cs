using CsCheck;

namespace Bayes.Layers.Tests.Properties;

/// <summary>
/// Random cases, the same in every run: case k comes from a generator seeded with (test, k). The variable <c>CsCheck_Iter</c> requests
/// another number of cases in all tests, and <c>CsCheck_Seed</c> the case that a failure named.
/// </summary>
internal static class Cases
{
    // The number of smaller cases tried after a failing case; the smallest failing one is shown.
    private const long Shrinks = 2_000;

    private static readonly long? Asked =
        long.TryParse(Environment.GetEnvironmentVariable("CsCheck_Iter"), out long count) && count > 0 ? count : null;

    /// <summary>Checks <paramref name="usual"/> cases, or as many as the environment requests.</summary>
    /// <param name="test">A number unique to the test, so that no two tests get the same cases.</param>
    /// <param name="usual">The number of cases in an ordinary run.</param>
    /// <param name="cases">The generator of cases.</param>
    /// <param name="check">Throws if a case breaks its promise.</param>
    /// <param name="print">Formats a case; if null, <c>ToString</c> is used.</param>
    public static void All<T>(uint test, long usual, Gen<T> cases, Action<T> check, Func<T, string>? print = null)
    {
        if (Environment.GetEnvironmentVariable("CsCheck_Seed") is { Length: > 0 } seed)
        {
            cases.Sample(check, seed: seed, iter: 1, threads: 1, print: print);
            return;
        }
        long count = Asked ?? usual;
        for (long k = 0; k < count; k++)
        {
            var random = new PCG(test, (ulong)k);
            string start = random.ToString(random.State);
            try
            {
                check(cases.Generate(random, null, out _));
            }
            catch (Exception)
            {
                // Repeats the case, so that it is shown with its seed, and then tries smaller ones.
                cases.Sample(check, seed: start, iter: Shrinks, threads: 1, print: print);
                throw;
            }
        }
    }
}
