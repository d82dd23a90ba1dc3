using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>
/// Work that is done in several variants on one device: by hand, by this library, by the plain network, and its unavoidable parts.
/// </summary>
/// <remarks>Each variant is a complete call, which frees what it makes and returns when the device has finished.</remarks>
internal abstract class Workload(Device device) : IDisposable
{
    /// <summary>The device.</summary>
    public Device Device { get; } = device;

    /// <summary>The units of work in one call: the steps of a training loop; 1 otherwise.</summary>
    public virtual int Units => 1;

    /// <summary>Does the work with the loop by hand.</summary>
    public abstract void Baseline();

    /// <summary>Does the work with this library.</summary>
    public abstract void Library();

    /// <summary>Does the plain network's part of the work: one step for a step, and as many passes as there are draws for a prediction. Null if
    /// there is no plain network.</summary>
    public virtual Action? Plain => null;

    /// <summary>The unavoidable parts of the work, each alone.</summary>
    public virtual IReadOnlyList<Bound> Bounds => [];

    /// <summary>The description of the work for the PyTorch script, or null if the script does not do it.</summary>
    public virtual object? PyTorch => null;

    /// <summary>Checks that the two variants agree.</summary>
    /// <exception cref="InvalidOperationException">They do not agree.</exception>
    public abstract void RequireAgreement();

    public abstract void Dispose();

    /// <summary>Waits for the device, which works asynchronously.</summary>
    protected void Synchronize()
    {
        if (Device.type == DeviceType.CUDA)
            cuda.synchronize(Device);
    }

    /// <summary>Throws if two numbers differ by more than a share of the first.</summary>
    protected static void RequireClose(string what, double baseline, double library, double relative)
    {
        if (!(Math.Abs(baseline - library) <= relative * Math.Abs(baseline)))
            throw new InvalidOperationException(
                FormattableString.Invariant(
                    $"{what}: {baseline} by hand and {library} by the library; expected them no more than {relative:P0} apart."));
    }
}
