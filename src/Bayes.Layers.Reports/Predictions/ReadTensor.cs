using static TorchSharp.torch;

namespace Bayes.Layers.Reports.Predictions;

/// <summary>Copies tensors into arrays.</summary>
internal static class ReadTensor
{
    /// <summary>Returns all elements in row-major order.</summary>
    public static double[] Doubles(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.detach().to(float64).cpu().contiguous().data<double>().ToArray();
    }
}
