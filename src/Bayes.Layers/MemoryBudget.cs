using Bayes.Layers.Numerics;

namespace Bayes.Layers;

/// <summary>
/// Sets how much memory a prediction may work in, in addition to its inputs and results: the weights that are drawn at a time and the values that
/// pass through the network at a time. Less memory means smaller blocks, not other results.
/// </summary>
/// <remarks>
/// It covers the weights of the draws that are made at a time, sigma if it is kept for several blocks of draws, the output of the deterministic
/// front, and the values between modules, also those inside an <c>nn.Sequential</c>. Blocks have at least one draw and one row: a network whose
/// single draw needs more memory takes that.
/// <para>It does not cover large temporaries of a plain module of your own, libtorch's workspaces (a convolution copies weights, input and output to
/// another layout), the first pass for a shape, which has three rows, and freed memory that the C library keeps. For ResNet-18, with 11.2 million
/// Bayesian weights (45 MB a draw) and images of 224 × 224, tensors took at most 98 MiB for one row and 99 MiB for eight with a budget of 128 MiB.
/// With the freed memory that glibc kept, the process grew by 119 and 196 MiB; <c>MALLOC_MMAP_THRESHOLD_=65536</c> in the environment avoids that,
/// and takes up to twice the time. With a budget of 16 MiB, one draw still took 97 MiB.</para>
/// </remarks>
public sealed record MemoryBudget
{
    private const long Mebibyte = 1L << 20;
    private const long DefaultMost = 256 * Mebibyte;
    private const int DefaultShare = 4;
    private const long Least = Mebibyte;

    private MemoryBudget(long bytes) => Bytes = bytes;

    /// <summary>Gets the budget in bytes; at least one MiB.</summary>
    public long Bytes { get; }

    /// <summary>Gets a budget of 256 MiB, or of a quarter of the memory that is free to this process if that is less.</summary>
    public static MemoryBudget Default => new(Math.Clamp(Free() / DefaultShare, Least, DefaultMost));

    /// <summary>Returns a budget in MiB (2²⁰ bytes).</summary>
    /// <param name="mebibytes">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is outside its range.</exception>
    public static MemoryBudget FromMebibytes(long mebibytes)
    {
        Require.Positive(mebibytes);
        return mebibytes <= long.MaxValue / Mebibyte
            ? new(mebibytes * Mebibyte)
            : throw new ArgumentOutOfRangeException(
                nameof(mebibytes), mebibytes, $"mebibytes is {mebibytes}; expected at most {long.MaxValue / Mebibyte}.");
    }

    /// <summary>Returns a share of the memory that is free to this process now. On a GPU this says nothing about the memory of the device.</summary>
    /// <param name="share">Above 0, at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is outside its range.</exception>
    public static MemoryBudget FromFreeMemory(double share)
    {
        if (!(share > 0 && share <= 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, $"share is {share}; expected a number above 0 and at most 1.");
        return new(Math.Max(Least, (long)(Free() * share)));
    }

    /// <summary>Returns the budget less a number of bytes, and at least one MiB.</summary>
    internal MemoryBudget Less(long bytes) => new(Math.Max(Least, Bytes - bytes));

    /// <summary>Returns an equal share of the budget for each of some parts, and at least one MiB.</summary>
    internal MemoryBudget Share(int parts) => new(Math.Max(Least, Bytes / parts));

    private static long Free()
    {
        var memory = GC.GetGCMemoryInfo();
        // The collector knows the load of its last run, and none before the first. The total includes a container's limit.
        long free = memory.TotalAvailableMemoryBytes - Math.Max(memory.MemoryLoadBytes, Environment.WorkingSet);
        return Math.Max(0, Math.Min(free, AvailableOnLinux() ?? long.MaxValue));
    }

    private static long? AvailableOnLinux()
    {
        const string file = "/proc/meminfo", field = "MemAvailable:", unit = "kB";
        if (!OperatingSystem.IsLinux() || !File.Exists(file))
            return null;
        string? line = File.ReadLines(file).FirstOrDefault(each => each.StartsWith(field, StringComparison.Ordinal));
        return long.TryParse(line?[field.Length..].Replace(unit, "", StringComparison.Ordinal).Trim(), out long kibibytes) ? kibibytes * 1024 : null;
    }
}
