using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>A workload by name.</summary>
/// <param name="Key">Its name in files and on the command line.</param>
/// <param name="Title">What is done, for a table's row.</param>
/// <param name="Create">Makes it on a device.</param>
internal sealed record Case(string Key, string Title, Func<Device, Workload> Create)
{
    /// <summary>Makes it, and checks that what is to be timed is right.</summary>
    /// <exception cref="InvalidOperationException">The two ways do not agree.</exception>
    public Workload CreateChecked(Device device)
    {
        var work = Create(device);
        try
        {
            work.RequireAgreement();
            return work;
        }
        catch (InvalidOperationException exception)
        {
            work.Dispose();
            throw new InvalidOperationException($"{Key} on {device}: {exception.Message}", exception);
        }
        catch
        {
            work.Dispose();
            throw;
        }
    }
}
