namespace Bayes.Layers.Tests;

/// <summary>A test with tensors, with a seed and a dispose scope.</summary>
public abstract class TorchTest : IDisposable
{
    private readonly DisposeScope _scope;

    protected TorchTest()
    {
        random.manual_seed(20261123);
        _scope = NewDisposeScope();
    }

    public void Dispose()
    {
        _scope.Dispose();
        random.manual_seed(TestSetup.SeedOfFields);
        GC.SuppressFinalize(this);
    }

    /// <summary>Returns Float64 draws from N(0, 1), the same in every run.</summary>
    protected static Tensor Normal(params long[] shape) => randn(shape, float64);

    protected static double[] Values(Tensor tensor)
    {
        using var copy = tensor.detach().to(float64).cpu().contiguous();
        return copy.data<double>().ToArray();
    }

    protected static void ShouldBeClose(Tensor actual, Tensor expected, double tolerance, string because = "")
    {
        actual.shape.Should().Equal(expected.shape, because);
        double[] found = Values(actual), wanted = Values(expected);
        for (int i = 0; i < wanted.Length; i++)
            found[i].Should().BeApproximately(wanted[i], tolerance * Math.Max(1, Math.Abs(wanted[i])), "element {0} {1}", i, because);
    }

    protected static void ShouldDiffer(Tensor actual, Tensor other, string because = "") =>
        actual.allclose(other, rtol: 0, atol: 0).Should().BeFalse(because);

    protected static void ShouldBeFinite(Tensor tensor) => Values(tensor).Should().OnlyContain(value => double.IsFinite(value));

    /// <summary>Returns the number of tensors of this thread that have not been disposed.</summary>
    protected static long LiveTensors() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
}
