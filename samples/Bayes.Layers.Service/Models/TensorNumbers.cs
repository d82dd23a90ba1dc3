using static TorchSharp.torch;

namespace Bayes.Layers.Service.Models;

/// <summary>Copies numbers out of tensors.</summary>
internal static class TensorNumbers
{
    /// <summary>Returns the numbers of a tensor in their order, in double precision.</summary>
    public static double[] Of(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.to(ScalarType.Float64).reshape(-1).contiguous().data<double>().ToArray();
    }
}
