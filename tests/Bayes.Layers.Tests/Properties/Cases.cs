using CsCheck;

namespace Bayes.Layers.Tests.Properties;

/// <summary>
/// Random cases, the same ones in every run: case k comes of a generator seeded with (test, k). <c>CsCheck_Iter</c> in the environment asks for
/// another number of cases in all tests, and <c>CsCheck_Seed</c> for the case that a failure named.
/// </summary>
internal static class Cases
{
    // A failing case is followed by so many smaller ones, of which the smallest that fails too is shown.
    private const long Shrinks = 2_000;

    private static readonly long? Asked =
        long.TryParse(Environment.GetEnvironmentVariable("CsCheck_Iter"), out long count) && count > 0 ? count : null;

    /// <summary>Checks <paramref name="usual"/> cases, or as many as the environment asks for.</summary>
    /// <param name="test">A number of the test's own, so that no two tests see the same cases.</param>
    /// <param name="usual">How many cases an ordinary run checks.</param>
    /// <param name="cases">What makes them.</param>
    /// <param name="check">Throws where a case breaks its promise.</param>
    /// <param name="print">How a case is shown; by its <c>ToString</c> otherwise.</param>
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
                // The same case again, so that it is shown with its seed, and then smaller ones.
                cases.Sample(check, seed: start, iter: Shrinks, threads: 1, print: print);
                throw;
            }
        }
    }
}
