using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Support.Running;

/// <summary>Reads tensors back.</summary>
internal static class Numbers
{
    /// <summary>All elements in row-major order.</summary>
    public static double[] Of(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.detach().to(float64).cpu().contiguous().data<double>().ToArray();
    }
}
