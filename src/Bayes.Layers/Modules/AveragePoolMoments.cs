using Bayes.Layers.Estimators;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>
/// The moments of means over windows: a mean of n values with weight a each has the variance a² Σ v, so a times the mean of the variances. The
/// weights of the places of a window are a product over the dimensions of space or time.
/// </summary>
internal static class AveragePoolMoments
{
    /// <summary>Returns the rule of windows of a size.</summary>
    /// <param name="windows">Gets the windows of a module.</param>
    public static MomentRule Rule<TModule>(Func<TModule, AverageWindows> windows) where TModule : nn.Module<Tensor, Tensor> =>
        (module, input, pass) => Of(module, input, pass, windows((TModule)module));

    private static Moments Of(nn.Module<Tensor, Tensor> module, Moments input, Pass pass, AverageWindows windows)
    {
        Tensor mean = PlainPass.Of(module, input.Mean, pass), variance = PlainPass.Of(module, input.Variance!);
        int first = (int)mean.ndim - windows.Dimensions;
        for (int dimension = 0; dimension < windows.Dimensions; dimension++)
        {
            long[] shape = new long[windows.Dimensions];
            Array.Fill(shape, 1);
            shape[dimension] = -1;
            double[] weights = windows.Weights(dimension, input.Mean.shape[first + dimension], mean.shape[first + dimension]);
            variance = variance.mul(tensor(weights, mean.dtype, mean.device).reshape(shape));
        }
        return new(mean, variance);
    }
}
