using System.Runtime.InteropServices;

namespace Bayes.Layers.Kernels;

/// <summary>
/// Runs managed work on the threads of torch's own operations. After an operation these spin for milliseconds, in wait for the next one: they start
/// at once, and a thread of ours would have to wait for their core (decision 53).
/// </summary>
/// <remarks>Available where libtorch uses OpenMP with GCC's entry point, as on Linux.</remarks>
internal static class TorchTeam
{
    private static readonly StartTeam? Start = Find();

    // The native library keeps no reference to it.
    private static readonly RunOnThread Run = static job => ((Job)GCHandle.FromIntPtr(job).Target!).Run();
    private static readonly nint RunAddress = Marshal.GetFunctionPointerForDelegate(Run);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void StartTeam(nint run, nint job, uint threads, uint flags);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void RunOnThread(nint job);

    /// <summary>Gets whether there is such a team.</summary>
    public static bool IsAvailable => Start is not null;

    /// <summary>Calls a function for each number below a count, and returns when all calls have ended.</summary>
    /// <param name="count">The count.</param>
    /// <param name="threads">The number of threads, with the calling one.</param>
    /// <param name="part">The function, which several threads call at the same time.</param>
    public static void ForEach(int count, int threads, Action<int> part)
    {
        var job = new Job(count, part);
        var handle = GCHandle.Alloc(job);
        try
        {
            Start!(RunAddress, GCHandle.ToIntPtr(handle), (uint)threads, 0);
        }
        finally
        {
            handle.Free();
        }
        job.ThrowIfFailed();
    }

    private static StartTeam? Find() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libtorch_cpu.so", typeof(TorchSharp.torch).Assembly, null, out nint library)
        && NativeLibrary.TryGetExport(library, "GOMP_parallel", out nint address)
            ? Marshal.GetDelegateForFunctionPointer<StartTeam>(address) : null;

    private sealed class Job(int count, Action<int> part)
    {
        private int _next;
        private Exception? _failure;

        // An exception must not leave through native code.
        public void Run()
        {
            try
            {
                for (int i = Interlocked.Increment(ref _next) - 1; i < count; i = Interlocked.Increment(ref _next) - 1)
                    part(i);
            }
            catch (Exception exception)
            {
                _failure = exception;
            }
        }

        public void ThrowIfFailed()
        {
            if (_failure is not null)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
        }
    }
}
