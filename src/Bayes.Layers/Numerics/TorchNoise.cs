// The only file that may draw from torch's generators.
#pragma warning disable RS0030
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>Noise from torch's generators.</summary>
/// <remarks>
/// <see cref="Global"/> follows <c>torch.manual_seed</c> (CPU) and <c>torch.cuda.manual_seed_all</c> (CUDA). A source with its own seed draws on the
/// CPU and copies to the device, so a seed gives the same numbers on both, and does not affect the global generators. Do not share an instance with
/// a seed between threads; dispose it after use.
/// </remarks>
public sealed class TorchNoise : NoiseSource, IDisposable
{
    private readonly Generator? _generator;

    private TorchNoise(Generator? generator) => _generator = generator;

    /// <summary>Creates noise with its own stream, which starts at <paramref name="seed"/>.</summary>
    /// <param name="seed">Any number; the same seed gives the same stream.</param>
    public TorchNoise(long seed) : this(new Generator(unchecked((ulong)seed)))
    {
    }

    /// <summary>Gets noise from torch's global generators; disposing it has no effect.</summary>
    public static TorchNoise Global { get; } = new((Generator?)null);

    /// <summary>Draws a seed from torch's global generator of the CPU, for an object with its own stream.</summary>
    internal static long GlobalSeed()
    {
        using var seed = randint(long.MaxValue, [1], dtype: ScalarType.Int64);
        return seed.ReadInt64();
    }

    /// <inheritdoc/>
    public override Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device)
    {
        if (_generator is null && device.type != DeviceType.CPU)
            return randn(shape, dtype, device);
        var draws = empty(shape, dtype, CPU);
        FillOnCpu(draws);
        return device.type == DeviceType.CPU ? draws : draws.to(device, disposeAfter: true);
    }

    /// <inheritdoc/>
    internal override void Fill(Tensor destination)
    {
        if (destination.device_type == DeviceType.CPU)
            FillOnCpu(destination);
        else
            base.Fill(destination);
    }

    /// <summary>Fills a tensor on the CPU by libtorch alone.</summary>
    internal static void FillByTorch(Tensor destination, Generator? generator) => destination.normal_(0, 1, generator);

    private void FillOnCpu(Tensor destination)
    {
        if (!TorchNormals.CanFill(destination))
        {
            FillByTorch(destination, _generator);
            return;
        }
        using var state = StreamPosition();
        TorchNormals.Fill(destination, state);
        ContinueFrom(state);
    }

    /// <inheritdoc/>
    internal override Tensor StreamPosition() => _generator is null ? random.get_rng_state() : _generator.get_state();

    /// <inheritdoc/>
    internal override void ContinueFrom(Tensor position)
    {
        if (_generator is null)
            random.set_rng_state(position);
        else
            _generator.set_state(position);
    }

    /// <summary>Frees the generator of a seeded source; does nothing to <see cref="Global"/>.</summary>
    public void Dispose() => _generator?.Dispose();
}
