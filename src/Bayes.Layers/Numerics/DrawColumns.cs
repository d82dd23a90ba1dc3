using Bayes.Layers.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>
/// Computes numbers from all draws of each element in managed code: for few elements, torch's operations would take longer than the prediction, and
/// for many they would read all draws from memory again and again.
/// </summary>
internal static class DrawColumns
{
    // At least some hundredths of a millisecond of work, enough to be worth another thread.
    private const int NumbersPerPart = 1 << 12;

    /// <summary>Computes the draws' results for one element.</summary>
    /// <param name="columns">The element's numbers of each tensor, S each; they may be overwritten.</param>
    /// <param name="results">Receives the results.</param>
    public delegate void OfElement(double[][] columns, Span<double> results);

    /// <summary>Returns the results, <c>[count, …]</c>, in double precision; null if the tensors are not on a CPU.</summary>
    /// <param name="draws"><c>[S, …]</c>, all of one shape, in double precision.</param>
    /// <param name="count">The number of results of an element.</param>
    /// <param name="create">Creates a computation for one thread.</param>
    public static Tensor? TryCompute(IReadOnlyList<Tensor> draws, int count, Func<OfElement> create)
    {
        if (draws.Any(each => each.device_type != DeviceType.CPU))
            return null;
        using var scope = NewDisposeScope();
        Tensor[] plain = [.. draws.Select(each => each.contiguous())];
        var result = empty([count, .. draws[0].shape[1..]], ScalarType.Float64, CPU);
        TensorMemory<double>[] memories = [.. plain.Select(each => each.AsMemory<double>())];
        var target = result.AsMemory<double>();
        int samples = (int)draws[0].shape[0], elements = target.Length / count, perPart = Math.Max(1, NumbersPerPart / samples);
        TorchThreads.For((elements + perPart - 1) / perPart, part => ComputePart((int)part * perPart));
        GC.KeepAlive((plain, result));
        return result.MoveToOuterDisposeScope();

        void ComputePart(int first)
        {
            var compute = create();
            double[][] columns = [.. memories.Select(_ => new double[samples])];
            double[] own = new double[count];
            var results = target.All;
            for (int element = first; element < Math.Min(elements, first + perPart); element++)
            {
                for (int i = 0; i < columns.Length; i++)
                    Gather(memories[i].All[element..], elements, columns[i]);
                compute(columns, own);
                for (int i = 0; i < count; i++)
                    results[i * elements + element] = own[i];
            }
        }
    }

    private static void Gather(ReadOnlySpan<double> values, int stride, double[] column)
    {
        for (int i = 0, at = 0; i < column.Length; i++, at += stride)
            column[i] = values[at];
    }
}
