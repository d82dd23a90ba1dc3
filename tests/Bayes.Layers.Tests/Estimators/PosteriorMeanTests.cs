using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Estimators;

public sealed class PosteriorMeanTests : EstimatorLaws
{
    protected override bool IsStochastic => false;

    protected override Estimator Estimator(int samples, NoiseSource noise) => PosteriorMean.Instance;
}
