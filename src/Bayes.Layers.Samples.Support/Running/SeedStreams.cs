using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Bayes.Layers.Samples.Support.Running;

/// <summary>
/// Gives each purpose of a run a seed of its own, far from those of other purposes and of other runs: the same seed handed to
/// two generators would make initialisation and noise the very same numbers.
/// </summary>
internal static class SeedStreams
{
    /// <summary>The seed for one purpose of the run with the given seed; the same on every machine.</summary>
    public static long For(long seed, string purpose) =>
        BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{purpose}"))) & long.MaxValue;
}
