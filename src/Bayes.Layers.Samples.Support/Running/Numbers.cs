using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Support.Running;

/// <summary>Copies tensors into arrays.</summary>
internal static class Numbers
{
    /// <summary>Returns all elements in row-major order.</summary>
    public static double[] Of(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.detach().to(float64).cpu().contiguous().data<double>().ToArray();
    }
}
