using Bayes.Layers.Numerics;

namespace Bayes.Layers;

/// <summary>
/// How much memory a prediction may work in, beside its inputs and its results: the weights that are drawn at a time and what
/// passes through the network at a time. Less memory means smaller blocks, not other results.
/// </summary>
/// <remarks>
/// Counts the weights of the draws that are made at a time, sigma where it is kept for several blocks of draws, the output of the deterministic
/// front, and the values between modules,
/// also those inside an <c>nn.Sequential</c>. Blocks have at least one draw and one row: a network whose single draw needs more takes what that
/// needs.
/// <para>Not counted: large temporaries of a plain module of one's own, libtorch's workspaces (a convolution copies a layer's weights, and its input
/// and output, to another layout), the first pass for a shape, which is of three rows, and what the C library keeps of freed memory. For ResNet-18,
/// 11.2 million Bayesian weights (45 MB a draw) and images of 224 × 224, with a budget of 128 MiB, tensors took at most 98 MiB for one row and 99 for
/// eight. With what glibc kept of freed memory the process grew by 119 and 196 MiB; <c>MALLOC_MMAP_THRESHOLD_=65536</c> in the environment avoids
/// that, and takes up to twice the time. With a budget of 16 MiB one draw still took 97 MiB.</para>
/// </remarks>
public sealed record MemoryBudget
{
    private const long Mebibyte = 1L << 20;
    private const long DefaultMost = 256 * Mebibyte;
    private const int DefaultShare = 4;
    private const long Least = Mebibyte;

    private MemoryBudget(long bytes) => Bytes = bytes;

    /// <summary>The budget in bytes; at least one MiB.</summary>
    public long Bytes { get; }

    /// <summary>256 MiB, or a quarter of the memory that is free to this process where that is less.</summary>
    public static MemoryBudget Default => new(Math.Clamp(Free() / DefaultShare, Least, DefaultMost));

    /// <summary>A budget of so many MiB (2²⁰ bytes).</summary>
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

    /// <summary>A share of the memory that is free to this process now; on a GPU that says nothing of the device's own.</summary>
    /// <param name="share">Above 0, at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is outside its range.</exception>
    public static MemoryBudget FromFreeMemory(double share)
    {
        if (!(share > 0 && share <= 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, $"share is {share}; expected a number above 0 and at most 1.");
        return new(Math.Max(Least, (long)(Free() * share)));
    }

    /// <summary>What is left of it beside something that takes so many bytes; at least a MiB.</summary>
    internal MemoryBudget Less(long bytes) => new(Math.Max(Least, Bytes - bytes));

    private static long Free()
    {
        var memory = GC.GetGCMemoryInfo();
        // What the collector knows of the load is as old as its last run, and nothing before the first; a container's limit is in the total.
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
