using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Estimators;

public sealed class ReparameterizationTests : SamplingEstimatorLaws
{
    protected override SamplingEstimator Sampling(int samples, NoiseSource? noise, bool antithetic) =>
        new Reparameterization(samples, noise, antithetic);
}
