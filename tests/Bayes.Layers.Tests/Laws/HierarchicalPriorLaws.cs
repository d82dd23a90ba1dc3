using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Laws;

/// <summary>The laws of priors that learn their scales.</summary>
public abstract class HierarchicalPriorLaws : ClosedFormPriorLaws
{
    /// <summary>Draws a log-normal x with E[1/x²] = 1 / scale² and the variance spread of log x. Returns log x and log q(x²).</summary>
    protected static (Tensor Log, Tensor LogDensity) DrawScale(long draws, Tensor logScale, double spread)
    {
        var mean = logScale.add(spread);
        var log = mean + Math.Sqrt(spread) * Normal([draws, .. logScale.shape]);
        return (log, LogNormalDensity(log.mul(2), mean.mul(2), full_like(mean, 4 * spread)).sub(log.mul(2)));
    }

    /// <summary>Returns the log of the inverse gamma density at e^(log).</summary>
    protected static Tensor LogInverseGamma(Tensor log, Tensor shape, Tensor rate) =>
        shape * rate.log() - shape.lgamma() - (shape + 1) * log - rate * log.neg().exp();

    [Fact]
    public void Each_tensor_has_its_own_scales()
    {
        Prior first = For(3, 4), second = For(3, 4);
        first.Parameters.Should().NotBeNull().And.NotBeSameAs(second.Parameters);
        Prior.Parameters.Should().BeNull();
        using var _ = no_grad();
        foreach (var parameter in first.Parameters!.parameters())
            parameter.add_(1);
        var posterior = Posterior(3, 4);
        ShouldBeClose(second.KlDivergence(posterior), Prior.KlDivergence(posterior), 1e-14, "the others stay where they start");
        ShouldDiffer(first.KlDivergence(posterior), second.KlDivergence(posterior));
    }

    [Fact]
    public void Weights_of_another_shape_are_refused()
    {
        var prior = For(3, 4);
        prior.Invoking(p => p.KlDivergence(Posterior(4, 3))).Should().Throw<ArgumentException>()
            .WithMessage("The posterior has shape [4, 3]; expected [3, 4]*");
    }

    [Theory]
    [InlineData(1e-9)]
    [InlineData(1e9)]
    public void A_scale_never_leaves_its_range(double size)
    {
        // Weights outside the range, and steps that would carry the logarithms far outside it.
        const double step = 0.3;
        var prior = For(50);
        var posterior = new MeanFieldNormal(zeros(50, float64), full(50, 2 * Math.Log(size), float64));
        Parameter[] parameters = [.. prior.Parameters!.parameters()];
        for (int i = 0; i < 200; i++)
        {
            prior.KlDivergence(posterior).backward();
            using var _ = no_grad();
            foreach (var parameter in parameters)
            {
                ShouldBeFinite(parameter.grad!);
                parameter.grad!.abs().min().ToDouble().Should().BeGreaterThan(0, "it can always come back");
                parameter.sub_(parameter.grad!.sign().mul(step));
                parameter.grad = null;
            }
        }
        var (lowest, highest) = Range;
        double[] scales = Scales(prior);
        scales.Should().OnlyContain(scale => scale > lowest * (1 - 1e-9) && scale < highest * (1 + 1e-9));
        if (size > 1)
            scales.Should().OnlyContain(scale => scale > highest * Math.Exp(-2 * step), "it went as far as it may");
    }

    /// <summary>All scales of the weights.</summary>
    protected abstract double[] Scales(Prior prior);

    /// <summary>The range of a weight's scale.</summary>
    protected abstract (double Lowest, double Highest) Range { get; }
}
