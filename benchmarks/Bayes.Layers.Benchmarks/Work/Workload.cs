using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>
/// One piece of work, done in several ways on one device: as everybody writes it, by this library, and the parts of it that nobody can leave out.
/// </summary>
/// <remarks>Each way is a complete call: what it makes it frees, and it returns when the device has finished.</remarks>
internal abstract class Workload(Device device) : IDisposable
{
    /// <summary>Where it is done.</summary>
    public Device Device { get; } = device;

    /// <summary>How many units of work one call does: the steps of a training loop; 1 otherwise.</summary>
    public virtual int Units => 1;

    /// <summary>The work as everybody writes it.</summary>
    public abstract void Baseline();

    /// <summary>The work by this library.</summary>
    public abstract void Library();

    /// <summary>The parts of the work that cannot be left out, each alone.</summary>
    public virtual IReadOnlyList<Bound> Bounds => [];

    /// <summary>The same work as the PyTorch script is asked for it, or null if it is not.</summary>
    public virtual object? PyTorch => null;

    /// <summary>What is timed must be right: the two ways agree.</summary>
    /// <exception cref="InvalidOperationException">They do not.</exception>
    public abstract void RequireAgreement();

    public abstract void Dispose();

    /// <summary>Waits for the device: what it is asked for it does later.</summary>
    protected void Synchronize()
    {
        if (Device.type == DeviceType.CUDA)
            cuda.synchronize(Device);
    }

    /// <summary>Refuses two numbers that are further apart than a share of the first.</summary>
    protected static void RequireClose(string what, double baseline, double library, double relative)
    {
        if (!(Math.Abs(baseline - library) <= relative * Math.Abs(baseline)))
            throw new InvalidOperationException(
                FormattableString.Invariant($"{what}: {baseline} by hand and {library} by the library; expected them no more than {relative:P0} apart."));
    }
}
