using Bayes.Layers.Likelihoods;
using CsCheck;

namespace Bayes.Layers.Tests.Properties;

/// <summary>A likelihood of any output and target computes the probability of the target, or says what was expected.</summary>
public sealed class LikelihoodProperties : TorchTest
{
    private static readonly long[][] Outputs = [[4, 2], [4, 1], [3, 4, 2], [4], [3, 4], [4, 3]];

    private readonly Likelihood[] _likelihoods =
    [
        new BernoulliLikelihood(), new BernoulliLikelihood(BernoulliOutput.Probabilities), new CategoricalLikelihood(), new GaussianLikelihood(0.5),
        new GaussianLikelihood([0.5, 2]), GaussianLikelihood.Learned(), GaussianLikelihood.Learned(outputs: 2),
        new HeteroscedasticGaussianLikelihood(),
        new CategoricalLikelihood(classAxis: -2, ignoreIndex: 1, classWeights: [1, 0.5], labelSmoothing: 0.1),
        new PoissonLikelihood(), new NegativeBinomialLikelihood(0.5), NegativeBinomialLikelihood.Learned(outputs: 2), new StudentTLikelihood(4,
            0.5), new StudentTLikelihood(1.5, [0.5, 2]), StudentTLikelihood.Learned(3),
        new JointLikelihood(new OutputPart(new GaussianLikelihood(1), 1), new OutputPart(new BernoulliLikelihood(), 1)),
    ];

    private Gen<(int Likelihood, TensorCase Output, TensorCase Target, double Level)> All => Gen.Select(
        Gen.Int[0, _likelihoods.Length - 1], TensorCase.Near(Outputs), TensorCase.Near([4, 2], [4, 1], [4]), Settings.Number);

    [Fact]
    public void Any_output_and_target_are_computed_or_refused() => Cases.All(30, 1_500, All, each =>
    {
        var likelihood = _likelihoods[each.Likelihood];
        bool outputMayBeNaN = !each.Output.IsFinite || each.Output.Numbers == Numbers.Extremes, mayBeNaN = outputMayBeNaN || !each.Target.IsFinite
            || each.Target.Numbers == Numbers.Extremes;
        using Tensor output = each.Output.Make(), target = each.Target.Make(), kl = tensor(1.0);
        Calls.Keep(() => [likelihood.LogProbability(output, target)], mayBeNaN);
        Calls.Keep(() => [likelihood.Mean(output)], outputMayBeNaN);
        Calls.Keep(() => [likelihood.Variance(output)], outputMayBeNaN);
        if (likelihood is ClassLikelihood classes)
            Calls.Keep(() => [classes.Entropy(output)], mayBeNaN: true);
        if (likelihood is CountLikelihood counts)
            Calls.Keep(() => [counts.CumulativeProbability(output, target)], mayBeNaN);
        if (likelihood is ContinuousLikelihood continuous)
        {
            Calls.Keep(() => [continuous.Quantile(output, each.Level)], outputMayBeNaN);
            Calls.Keep(() => [continuous.CumulativeProbability(output, target)], mayBeNaN);
        }
        var loss = new ElboLoss(likelihood, 4);
        Calls.Keep(() => [loss.forward(output, target, kl)], mayBeNaN);
        Calls.Keep(() => loss.Evaluate(output, target, kl, each.Level) is var terms ? [terms.Total, terms.KlDivergence, terms.NegativeLogLikelihood]
            : [], mayBeNaN);
        Calls.Keep(() => loss.Evaluate(output, target, kl, target) is var terms ? [terms.Total, terms.KlDivergence, terms.NegativeLogLikelihood]
            : [], mayBeNaN);
        Calls.Keep(() => loss.Evaluate(output, target, target) is var terms ? [terms.Total, terms.KlDivergence, terms.NegativeLogLikelihood] : [],
            mayBeNaN);
    }, each => $"{_likelihoods[each.Likelihood]}, output {each.Output}, target {each.Target}, level {each.Level}");
}
