using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Bayes.Layers.Samples.Support.Running;

/// <summary>
/// Makes a seed for each purpose of a run, unrelated to the seeds of other purposes and runs. With one seed for two generators, initialisation
/// and noise would be the same numbers.
/// </summary>
internal static class SeedStreams
{
    /// <summary>Returns the seed for one purpose of the run with a seed; the same on every machine.</summary>
    public static long For(long seed, string purpose) =>
        BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{purpose}"))) & long.MaxValue;
}
