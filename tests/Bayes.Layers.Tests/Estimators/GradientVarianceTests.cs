using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Estimators;

/// <summary>
/// The variance of a step's gradient on one fixed batch of a regression: the trace of its covariance over all parameters
/// together. docs/estimators.md has the table.
/// </summary>
public sealed class GradientVarianceTests : TorchTest
{
    private const int Rows = 64;
    private const int Repeats = 300;

    /// <summary>Returns an unbiased estimate of the trace from independent gradients.</summary>
    private static double Trace(Func<NoiseSource, Estimator> estimator, PosteriorInitializer initializer)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(41);
        using var model = new BayesianSequential(
            new BayesianLinear(8, 50, initializer: initializer, dtype: float64), Tanh(),
            new BayesianLinear(50, 1, initializer: initializer, dtype: float64));
        var loss = new ElboLoss(new GaussianLikelihood(0.5), Rows);
        var input = Normal(Rows, 8);
        var target = input.narrow(1, 0, 3).sum(1, keepdim: true).sin() + 0.1 * Normal(Rows, 1);
        using var noise = new TorchNoise(43);
        var each = estimator(noise);
        var gradients = new List<Tensor>();
        for (int repeat = 0; repeat < Repeats; repeat++)
        {
            using var step = NewDisposeScope();
            model.zero_grad();
            // The KL divergence has a closed form and adds no variance.
            loss.forward(model.Sample(input, each), target, model.KlDivergence()).backward();
            gradients.Add(cat([.. model.parameters().Select(parameter => parameter.grad!.flatten())], 0).MoveToOuterDisposeScope());
        }
        return stack(gradients, 0).var(0).sum().ToDouble();
    }

    public static TheoryData<PosteriorInitializer> Starts =>
        [new NormalInitializer(), new FanInInitializer(gain: 1), new FanInInitializer(gain: 1, stddevRatio: 0.5)];

    [Theory]
    [MemberData(nameof(Starts), DisableDiscoveryEnumeration = true)]
    public void Noise_per_row_gives_less_gradient_variance_than_a_shared_draw(PosteriorInitializer initializer)
    {
        double shared = Trace(noise => new Reparameterization(1, noise), initializer);
        Trace(noise => new LocalReparameterization(1, noise), initializer).Should().BeLessThan(shared / 5);
        Trace(noise => new Flipout(1, noise), initializer).Should().BeLessThan(shared / 4);
    }

    [Theory]
    [MemberData(nameof(Starts), DisableDiscoveryEnumeration = true)]
    public void Antithetic_pairs_give_less_gradient_variance_than_two_draws(PosteriorInitializer initializer)
    {
        double one = Trace(noise => new Reparameterization(1, noise), initializer);
        Trace(noise => new Reparameterization(2, noise), initializer).Should().BeInRange(one / 2.5, one / 1.5, "of two independent draws it is half");
        Trace(noise => new Reparameterization(2, noise, antithetic: true), initializer).Should().BeLessThan(one / 3);
    }
}
