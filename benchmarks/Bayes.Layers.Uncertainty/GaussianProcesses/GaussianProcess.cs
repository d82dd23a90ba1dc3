using static TorchSharp.torch;

namespace Bayes.Layers.Uncertainty.GaussianProcesses;

/// <summary>A Gaussian process on given training rows, with its parameters as an argument.</summary>
internal abstract class GaussianProcess
{
    /// <summary>Computes what the parameters should maximise, in nats, and its gradient.</summary>
    /// <param name="parameters">The <see cref="KernelParameters"/>, and what a process has beside them.</param>
    /// <returns>Null if a matrix is not positive definite in double precision.</returns>
    public abstract (double Value, double[] Gradient)? Evaluate(double[] parameters);

    /// <summary>Predicts rows.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="test"><c>[rows, columns]</c>.</param>
    /// <returns>Means, and variances with the noise; null if a matrix is not positive definite.</returns>
    public abstract (double[] Mean, double[] Variance)? Predict(double[] parameters, Tensor test);
}
