namespace Bayes.Layers.Tests.Properties;

/// <summary>
/// A call with tensors keeps its promise, leaves only its results behind, and returns no NaN unless it was given numbers that are not finite.
/// </summary>
internal static class Calls
{
    /// <summary>Makes the call and disposes everything returned.</summary>
    /// <param name="call">Returns the results to check.</param>
    /// <param name="mayBeNaN">Whether an argument is not finite.</param>
    public static bool Keep(Func<IEnumerable<Tensor>> call, bool mayBeNaN)
    {
        long before = Live();
        // Without a scope, which would dispose tensors left behind.
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
        return left == 0 ? returned
            : throw new BrokenPromiseException($"{left} tensors left behind by a call that {(returned ? "returned" : "threw")}");
    }

    /// <summary>Makes a call that returns a number.</summary>
    public static bool KeepNumber(Func<double> call, bool mayBeNaN)
    {
        long before = Live();
        double result = 0;
        bool returned = Promise.Keeps(() => result = call());
        if (!mayBeNaN && double.IsNaN(result))
            throw new BrokenPromiseException("NaN from finite numbers");
        long left = Live() - before;
        return left == 0 ? returned
            : throw new BrokenPromiseException($"{left} tensors left behind by a call that {(returned ? "returned" : "threw")}");
    }

    private static void RequireNumbers(Tensor result)
    {
        using var scope = NewDisposeScope();
        if (result.isnan().any().item<bool>())
            throw new BrokenPromiseException("NaN from finite numbers");
    }

    private static long Live() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
}
