using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>A named workload.</summary>
/// <param name="Key">Its name in files and on the command line.</param>
/// <param name="Title">The title of its row in a table.</param>
/// <param name="Create">Makes the workload on a device.</param>
internal sealed record Case(string Key, string Title, Func<Device, Workload> Create)
{
    /// <summary>Makes the workload and checks that its results are right.</summary>
    /// <exception cref="InvalidOperationException">The two variants do not agree.</exception>
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
