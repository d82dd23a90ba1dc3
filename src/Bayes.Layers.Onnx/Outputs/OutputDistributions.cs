using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Onnx.Outputs;

/// <summary>The likelihoods that can be exported, one entry for each type.</summary>
internal static class OutputDistributions
{
    private static readonly Dictionary<Type, Func<Likelihood, OutputDistribution>> All = new()
    {
        [typeof(BernoulliLikelihood)] = likelihood => new BernoulliOutputs((BernoulliLikelihood)likelihood),
        [typeof(CategoricalLikelihood)] = likelihood => new CategoricalOutputs((CategoricalLikelihood)likelihood),
        [typeof(GaussianLikelihood)] = likelihood => LocationScaleOutputs.Of((GaussianLikelihood)likelihood),
        [typeof(GaussianMixtureLikelihood)] = likelihood => new MixtureOutputs((GaussianMixtureLikelihood)likelihood),
        [typeof(HeteroscedasticGaussianLikelihood)] = likelihood =>
            new HeteroscedasticOutputs((HeteroscedasticGaussianLikelihood)likelihood),
        [typeof(NegativeBinomialLikelihood)] = likelihood => CountOutputs.Of((NegativeBinomialLikelihood)likelihood),
        [typeof(PoissonLikelihood)] = likelihood => CountOutputs.Of((PoissonLikelihood)likelihood),
        [typeof(StudentTLikelihood)] = likelihood => LocationScaleOutputs.Of((StudentTLikelihood)likelihood),
    };

    /// <summary>Returns what a likelihood makes of outputs.</summary>
    /// <exception cref="NotSupportedException">The likelihood is not one of this library.</exception>
    public static OutputDistribution Of(Likelihood likelihood) => All.TryGetValue(likelihood.GetType(), out var make)
        ? make(likelihood)
        : throw new NotSupportedException(
            $"The likelihood is a {likelihood.GetType().Name}, which has no counterpart in the exported graph; expected one of "
            + $"{string.Join(", ", All.Keys.Select(type => type.Name).Order())} or {nameof(JointLikelihood)}.");
}
