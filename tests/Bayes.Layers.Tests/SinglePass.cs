using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;

namespace Bayes.Layers.Tests;

/// <summary>Layers and estimators in a pass of their own.</summary>
internal static class SinglePass
{
    /// <summary>One layer's output in a pass that ends with it.</summary>
    public static Tensor Estimate(this Estimator estimator, BilinearMap map, Tensor input, WeightPosterior weight, WeightPosterior? bias)
    {
        using var pass = new Pass(estimator);
        return pass.Estimate(map, input, weight, bias);
    }

    /// <summary>A module's output in a pass that ends with it.</summary>
    public static Tensor Propagate(this BayesianModule module, Tensor input, Estimator estimator)
    {
        using var pass = new Pass(estimator);
        return module.Propagate(input, pass);
    }
}
