using System.Numerics;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Laws;

/// <summary>The laws of priors whose KL divergence and gradient have a closed form.</summary>
public abstract class ClosedFormPriorLaws : PriorLaws
{
    [Fact]
    public void Draws_do_not_change_the_divergence()
    {
        Prior.HasClosedForm.Should().BeTrue();
        var posterior = Posterior(3, 4);
        var prior = For(3, 4);
        ShouldBeClose(prior.KlDivergence(posterior, posterior.Draw(2, TorchNoise.Global)), prior.KlDivergence(posterior), 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_gradient_matches_autograd(bool flattened)
    {
        var posterior = Posterior(3, 4);
        Prior prior = For(3, 4), other = For(3, 4);
        using (no_grad())
            foreach (var (first, second) in ParametersOf(prior).Zip(ParametersOf(other)))
                second.copy_(first.add_(Normal(first.shape).mul(10)));
        var expected = other.KlDivergence(posterior);
        expected.mul(0.7).backward();

        Tensor mean = posterior.Mean.detach(), logVariance = posterior.LogVariance.detach();
        var given = flattened ? new MeanFieldNormal(mean.flatten(), logVariance.flatten()) : new MeanFieldNormal(mean, logVariance);
        Tensor meanGradient = full_like(given.Mean, 3), logVarianceGradient = full_like(given.Mean, -2);
        using (no_grad())
        {
            var divergence = ((IKlGradient)prior).AddKlGradient(given, given.Variance(), meanGradient, logVarianceGradient, weight: 0.7);
            divergence.requires_grad.Should().BeFalse();
            ShouldBeClose(divergence, expected, 1e-12);
        }
        ShouldBeClose(meanGradient.sub(3).reshape(3, 4), posterior.Mean.grad!, 1e-12, "it is added to an existing gradient");
        ShouldBeClose(logVarianceGradient.add(2).reshape(3, 4), posterior.LogVariance.grad!, 1e-12);
        foreach (var (found, wanted) in ParametersOf(prior).Zip(ParametersOf(other)))
            ShouldBeClose(found.grad!, wanted.grad!, 1e-12);
    }

    [Fact]
    public void The_gradient_in_managed_code_matches_autograd()
    {
        Compare<double>(ScalarType.Float64, 1e-12);
        Compare<float>(ScalarType.Float32, 1e-5);

        void Compare<T>(ScalarType dtype, double tolerance) where T : unmanaged, IFloatingPointIeee754<T>
        {
            Prior prior = Prior.For([3, 4], dtype), other = For(3, 4);
            using (no_grad())
                foreach (var (first, second) in ParametersOf(prior).Zip(ParametersOf(other)))
                    second.copy_(first.add_(Normal(first.shape).mul(10).to(dtype)));
            // One weight is many sigma from any prior's mean.
            Tensor start = Normal(3, 4).to(dtype), logVariance = Normal(3, 4).mul(0.5).sub(1).to(dtype);
            start[2, 3] = 30;
            var posterior = new MeanFieldNormal(new Parameter(start.to(float64)), new Parameter(logVariance.to(float64)));
            var expected = other.KlDivergence(posterior);
            expected.mul(0.7).backward();

            Tensor variance = logVariance.exp(), meanGradient = full([3, 4], 3, dtype), logVarianceGradient = full([3, 4], -2, dtype);
            var blocks = prior.BlocksOf<T>(12)!;
            double divergence = 0;
            // Twice, because nothing of the first pass may be left.
            for (int pass = 0; pass < 2; pass++)
            {
                meanGradient.fill_(3);
                logVarianceGradient.fill_(-2);
                foreach (var parameter in ParametersOf(prior))
                    parameter.grad = null;
                blocks.Begin();
                divergence = Take(0, 5) + Take(5, 7);
                divergence += blocks.End(0.7);
            }
            divergence.Should().BeApproximately(expected.ToDouble(), tolerance * Math.Max(1, Math.Abs(expected.ToDouble())));
            ShouldBeClose(meanGradient.sub(3), posterior.Mean.grad!, tolerance, "it is added to an existing gradient");
            ShouldBeClose(logVarianceGradient.add(2), posterior.LogVariance.grad!, tolerance);
            foreach (var (found, wanted) in ParametersOf(prior).Zip(ParametersOf(other)))
                ShouldBeClose(found.grad!, wanted.grad!, tolerance);

            double Take(int from, int count) => blocks.AddGradient(from, new KlBlock<T>(
                start.AsSpan<T>().Slice(from, count), logVariance.AsSpan<T>().Slice(from, count), variance.AsSpan<T>().Slice(from, count),
                meanGradient.AsSpan<T>().Slice(from, count), logVarianceGradient.AsSpan<T>().Slice(from, count)), 0.7);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e-5)]
    [InlineData(ScalarType.BFloat16, 0.05)]
    [InlineData(ScalarType.Float16, 0.01)]
    public void The_gradient_in_lower_precision_matches_double_precision(ScalarType dtype, double tolerance)
    {
        using var _ = no_grad();
        Tensor mean = Normal(3, 4).to(dtype), logVariance = Normal(3, 4).mul(0.5).sub(1).to(dtype);
        var prior = For(3, 4);
        var expected = Gradients(prior, new MeanFieldNormal(mean.to(float64), logVariance.to(float64)));
        foreach (var parameter in ParametersOf(prior))
            parameter.grad = null;
        prior.Parameters?.to(dtype);
        var found = Gradients(prior, new MeanFieldNormal(mean, logVariance));
        found[0].dtype.Should().Be(dtype);
        foreach (var (one, other) in found.Zip(expected))
            ShouldBeClose(one, other, tolerance);

        static Tensor[] Gradients(Prior prior, MeanFieldNormal posterior)
        {
            Tensor ofMean = zeros_like(posterior.Mean), ofLogVariance = zeros_like(posterior.Mean);
            ((IKlGradient)prior).AddKlGradient(posterior, posterior.Variance(), ofMean, ofLogVariance, weight: 0.7);
            return [ofMean, ofLogVariance, .. ParametersOf(prior).Select(parameter => parameter.grad!.clone())];
        }
    }

    private static IEnumerable<Parameter> ParametersOf(Prior prior) => prior.Parameters?.parameters() ?? [];
}
