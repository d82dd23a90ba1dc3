using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Numerics;

/// <summary>
/// Detects whether libtorch computes transposed convolutions in single precision wrongly on this processor. oneDNN 3.7.1 does so on some processors
/// with AVX-512, if the channels are not a multiple of 16 and there are several rows (decision 33). The gradient of a convolution in its input is a
/// transposed convolution.
/// </summary>
internal static class NativeConvolutions
{
    private const double Tolerance = 1e-3;

    private static readonly Lazy<bool> Faulty = new(AreSomeWrong);

    /// <summary>Determines whether a transposed convolution of an input must be computed in double precision.</summary>
    public static bool AreFaulty(Tensor input) =>
        input.dtype == ScalarType.Float32 && input.device_type == DeviceType.CPU && Faulty.Value;

    private static bool AreSomeWrong()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return new (long Rows, long In, long Out, long Kernel)[] { (3, 2, 3, 2), (2, 3, 5, 2), (4, 1, 2, 3), (8, 3, 3, 3) }
            .Any(each => IsWrong(each));
    }

    private static bool IsWrong((long Rows, long In, long Out, long Kernel) shape)
    {
        using var scope = NewDisposeScope();
        Tensor input = Waves(shape.Rows, shape.In, 4, 4), weight = Waves(shape.In, shape.Out, shape.Kernel, shape.Kernel);
        var exact = functional.conv_transpose2d(input, weight);
        // The faulty kernel reads freed memory, so fill some with NaN.
        using Scalar nan = float.NaN;
        foreach (long length in new[] { 1 << 8, 1 << 12, 1 << 16 })
            full([length], nan).Dispose();
        var single = functional.conv_transpose2d(input.to(ScalarType.Float32), weight.to(ScalarType.Float32));
        return !single.to(ScalarType.Float64).allclose(exact, rtol: 0, atol: Tolerance);
    }

    // Varied numbers without a random generator.
    private static Tensor Waves(params long[] shape) =>
        arange(shape.Aggregate(1L, (product, size) => product * size), ScalarType.Float64).sin().view(shape);
}
