using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Draws the functions of one prediction in blocks, for rows of one shape, and says what they take in memory.</summary>
/// <remarks>Owns what all blocks share; dispose it after them.</remarks>
internal abstract class FunctionSampler : IDisposable
{
    // Bytes of all weights and values from which starting threads pays: some milliseconds of work.
    private const double WorthThreads = 16 << 20;

    /// <summary>Gets the bytes of one draw.</summary>
    public abstract long BytesPerDraw { get; }

    /// <summary>Gets the bytes of one row on its way through one draw, behind the front.</summary>
    public abstract long BytesPerRow { get; }

    /// <summary>Gets the part that is the same for all draws and runs once for each row; null by default.</summary>
    public virtual FunctionFront? Front => null;

    /// <summary>Gets the bytes that <see cref="Share"/> would keep for all blocks of draws; 0 by default.</summary>
    public virtual long SharedBytes => 0;

    /// <summary>Gets whether the rows and the functions are on a CPU, where blocks should stay in a cache.</summary>
    public abstract bool IsOnCpu { get; }

    /// <summary>Gets whether several threads may apply functions at a time.</summary>
    public abstract bool AllowsThreads { get; }

    /// <summary>
    /// Gets whether one call of <see cref="FunctionDraws.Apply(NetworkInput)"/> uses each drawn number once, so that a single call need not keep it.
    /// </summary>
    public virtual bool UsesDrawsOnce => false;

    /// <summary>Determines whether a prediction takes so long that starting threads pays.</summary>
    public virtual bool IsWorthThreads(int draws, long rows) => draws * (BytesPerDraw + (double)BytesPerRow * rows) >= WorthThreads;

    /// <summary>Returns how many draws and rows pass at a time.</summary>
    public virtual PassSizes Sizes(MemoryBudget budget, int draws, long rows, int threads, bool isWorthThreads) =>
        PassSizes.Within(budget, draws, rows, BytesPerDraw, BytesPerRow, threads, IsOnCpu);

    /// <summary>Returns how many rows pass through <see cref="Front"/> at a time.</summary>
    public virtual long FrontRows(MemoryBudget budget, long rows, int threads) =>
        PassSizes.Within(budget, 1, rows, bytesPerDraw: 0, Front!.BytesPerRow, threads, IsOnCpu).Rows;

    /// <summary>Computes and keeps what all blocks of draws share. Call it before the first block.</summary>
    public virtual void Share()
    {
    }

    /// <summary>Draws a block of functions, to be applied behind the front. Different blocks may be used on different threads.</summary>
    /// <param name="offset">How many of this prediction's draws come before.</param>
    /// <param name="count">How many functions.</param>
    /// <param name="isReused">Whether the block is applied more than once.</param>
    public abstract FunctionDraws Block(int offset, int count, bool isReused);

    /// <summary>Frees the shared numbers.</summary>
    public virtual void Dispose()
    {
    }

    private protected static bool AreOnCpu(nn.Module? module, NetworkInput input) =>
        input.IsOnCpu
        && (module?.parameters().All(parameter => parameter.device_type == TorchSharp.DeviceType.CPU) ?? true);
}
