using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Likelihoods;

public sealed class FixedGaussianLikelihoodTests : GaussianLikelihoodLaws
{
    protected override Likelihood Likelihood { get; } = new GaussianLikelihood(0.6);
}

public sealed class LearnedGaussianLikelihoodTests : GaussianLikelihoodLaws
{
    protected override Likelihood Likelihood { get; } = GaussianLikelihood.Learned(0.6, dtype: float64);
}

public abstract class GaussianLikelihoodLaws : LikelihoodLaws
{
    protected override Tensor Outputs(long draws, long batch) => Normal(draws, batch, 1);

    protected override Tensor Targets(long batch) => Normal(batch, 1);

    protected override (Tensor Points, double Weight) Support(long batch) =>
        (linspace(-10, 10, 2_001, float64).reshape(-1, 1, 1).expand(-1, batch, 1), 0.01);
}
