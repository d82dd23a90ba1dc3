using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;

namespace Bayes.Layers.Tests;

/// <summary>Runs layers and estimators in a separate pass.</summary>
internal static class SinglePass
{
    /// <summary>Returns the output of a layer in a separate pass.</summary>
    public static Tensor Estimate(this Estimator estimator, BilinearMap map, Tensor input, WeightPosterior weight, WeightPosterior? bias)
    {
        using var pass = new Pass(estimator);
        return pass.Estimate(map, input, weight, bias);
    }

    /// <summary>Returns the output of a module in a separate pass.</summary>
    public static Tensor Propagate(this BayesianModule module, Tensor input, Estimator estimator)
    {
        using var pass = new Pass(estimator);
        return module.Propagate(input, pass);
    }
}
