using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;

namespace Bayes.Layers.Tests.Oracles;

/// <summary>
/// The log-odds of one layer are normal, so every statistic of a class is an integral over one variable. The draws of a prediction
/// must reproduce it within their standard errors.
/// </summary>
public sealed class ClassificationTests : TorchTest
{
    private const int Draws = 20_000;

    [Fact]
    public void Entropies_and_mutual_information_are_their_integrals()
    {
        using var layer = new BayesianLinear(3, 1, initializer: new NormalInitializer(0.7, -1.5, 0.5), dtype: float64);
        Tensor input = Normal(8, 3), target = arange(8, float64).remainder(2).unsqueeze(1);
        using var noGrad = no_grad();
        var mean = input.mm(layer.weight_mu.T).add(layer.bias_mu!);
        var stddev = input.square().mm(layer.WeightPosterior.Variance().T).add(layer.BiasPosterior!.Variance()).sqrt();

        // The error of the trapezoidal rule is far below double precision for a function as smooth as this.
        const double step = 0.05;
        var scores = arange(-9, 9, step, float64).reshape(-1, 1, 1);
        var mass = scores.square().mul(-0.5).exp().mul(step / Math.Sqrt(2 * Math.PI));
        var p = scores.mul(stddev).add(mean).sigmoid();
        var entropy = Entropy(p);
        Tensor exactMean = Expected(p), exactEntropy = Expected(entropy), total = Entropy(exactMean);

        using var prediction = new MonteCarloPredictive(layer, new BernoulliLikelihood(), Draws, seed: 6).Predict(input, target);
        ShouldBeWithin(prediction.Mean, exactMean, Spread(p));
        ShouldBeWithin(prediction.ExpectedEntropy, exactEntropy, Spread(entropy));
        ShouldBeWithin(prediction.AleatoricVariance, Expected(p.mul(p.neg().add(1))), Spread(p.mul(p.neg().add(1))));
        ShouldBeWithin(prediction.EpistemicVariance, Expected(p.sub(exactMean).square()), Spread(p.sub(exactMean).square()));
        // H(E[p]) changes by its slope log((1 − p) / p), and together with the draws' entropies.
        var slope = exactMean.neg().add(1).div(exactMean).log();
        ShouldBeWithin(prediction.TotalEntropy, total, Spread(p.mul(slope)));
        ShouldBeWithin(prediction.MutualInformation, total.sub(exactEntropy), Spread(p.mul(slope).sub(entropy)));
        var ofTarget = where(target.gt(0.5), p, p.neg().add(1));
        ShouldBeWithin(prediction.LogPredictiveDensity.unsqueeze(1), Expected(ofTarget).log(), Spread(ofTarget).div(Expected(ofTarget)));

        Tensor Expected(Tensor values) => values.mul(mass).sum([0L]);

        // The standard deviation of one draw.
        Tensor Spread(Tensor values) => Expected(values.sub(Expected(values)).square()).sqrt();
    }

    private static Tensor Entropy(Tensor p) => p.log().mul(p).add(p.neg().add(1).log().mul(p.neg().add(1))).neg();

    private static void ShouldBeWithin(Tensor found, Tensor exact, Tensor spread) =>
        Values(found.sub(exact).div(spread).mul(Math.Sqrt(Draws))).Should().OnlyContain(errors => Math.Abs(errors) < 5);
}
