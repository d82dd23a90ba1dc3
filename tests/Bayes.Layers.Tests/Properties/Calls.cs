namespace Bayes.Layers.Tests.Properties;

/// <summary>A call with tensors: it keeps its promise, and leaves no tensor behind but what it returns, which has no NaN where nothing that it was given has.</summary>
internal static class Calls
{
    /// <summary>The call, of which everything returned is disposed.</summary>
    /// <param name="call">Returns what is to be looked at.</param>
    /// <param name="mayBeNaN">Whether something that is not finite was given.</param>
    public static bool Keep(Func<IEnumerable<Tensor>> call, bool mayBeNaN)
    {
        long before = Live();
        // Not in a scope, which would take what is left behind.
        bool returned = Promise.Keeps(() =>
        {
            Tensor[] results = [.. call()];
            try
            {
                if (!mayBeNaN)
                    foreach (var result in results)
                        RequireNumbers(result);
            }
            finally
            {
                foreach (var result in results)
                    result.Dispose();
            }
        });
        long left = Live() - before;
        return left == 0 ? returned : throw new BrokenPromiseException($"{left} tensors left behind by a call that {(returned ? "returned" : "threw")}");
    }

    /// <summary>The call, which returns a number.</summary>
    public static bool KeepNumber(Func<double> call, bool mayBeNaN)
    {
        long before = Live();
        double result = 0;
        bool returned = Promise.Keeps(() => result = call());
        if (!mayBeNaN && double.IsNaN(result))
            throw new BrokenPromiseException("NaN from finite numbers");
        long left = Live() - before;
        return left == 0 ? returned : throw new BrokenPromiseException($"{left} tensors left behind by a call that {(returned ? "returned" : "threw")}");
    }

    private static void RequireNumbers(Tensor result)
    {
        using var scope = NewDisposeScope();
        if (result.isnan().any().item<bool>())
            throw new BrokenPromiseException("NaN from finite numbers");
    }

    private static long Live() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
}
