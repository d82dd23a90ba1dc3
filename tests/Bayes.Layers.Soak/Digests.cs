using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Bayes.Layers.Soak;

/// <summary>Hashes for the comparison of two runs.</summary>
internal static class Digests
{
    /// <summary>
    /// Runs each case once and writes a line for it: the hash of its checkpoint, the hash of its prediction's numbers, and its name.
    /// </summary>
    public static void Write(string folder, TextWriter output)
    {
        for (int i = 0; i < SoakCases.All.Count; i++)
        {
            string file = Path.Combine(folder, $"{i}.safetensors");
            double[] numbers = SoakCases.All[i].Run(seed: i, file);
            output.WriteLine($"{Hash(File.ReadAllBytes(file))} {Hash(MemoryMarshal.AsBytes(numbers.AsSpan()))} {SoakCases.All[i].Name}");
        }
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes)[..8]);
}
