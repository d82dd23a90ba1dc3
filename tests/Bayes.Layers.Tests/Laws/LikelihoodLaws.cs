using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Laws;

/// <summary>What every likelihood obeys; a test class of a likelihood inherits it.</summary>
public abstract class LikelihoodLaws : TorchTest
{
    protected abstract Likelihood Likelihood { get; }

    /// <summary>Float64 outputs of a network, [draws, batch, …].</summary>
    protected abstract Tensor Outputs(long draws, long batch);

    /// <summary>Float64 targets, [batch, …].</summary>
    protected abstract Tensor Targets(long batch);

    /// <summary>Support points [points, batch, …] and the weight of each, for sums over y.</summary>
    protected abstract (Tensor Points, double Weight) Support(long batch);

    [Fact]
    public void Probabilities_integrate_to_one()
    {
        var output = Outputs(1, 6).squeeze(0);
        var (points, weight) = Support(6);
        var total = stack(Enumerable.Range(0, (int)points.shape[0]).Select(i => Likelihood.LogProbability(output, points[i]).exp())).sum([0L]).mul(weight);
        ShouldBeClose(total, ones(6, float64), 1e-6);
    }

    [Fact]
    public void Mean_and_variance_are_those_of_the_density()
    {
        var output = Outputs(1, 6).squeeze(0);
        var (points, weight) = Support(6);
        var mean = zeros_like(Likelihood.Mean(output));
        var second = zeros_like(mean);
        for (long i = 0; i < points.shape[0]; i++)
        {
            var probability = Likelihood.LogProbability(output, points[i]).exp().mul(weight).reshape(6, 1);
            mean = mean + probability * points[i];
            second = second + probability * points[i].square();
        }
        ShouldBeClose(Likelihood.Mean(output), mean, 1e-6);
        ShouldBeClose(Likelihood.Variance(output), second - mean.square(), 1e-5);
    }

    [Fact]
    public void Many_draws_give_what_each_gives_alone()
    {
        Tensor outputs = Outputs(4, 6), targets = Targets(6);
        var alone = stack(Enumerable.Range(0, 4).Select(s => Likelihood.LogProbability(outputs[s], targets)));
        alone.shape.Should().Equal(4, 6);
        ShouldBeClose(Likelihood.LogProbability(outputs, targets), alone, 1e-14);
    }

    [Fact]
    public void Identical_draws_have_no_epistemic_variance()
    {
        var outputs = Outputs(1, 6).expand(5, 6, -1);
        using var moments = new PredictiveMoments(Likelihood, rows: 6);
        moments.Add(outputs, row: 0);
        moments.Count(5);
        using var predictive = moments.ToPredictive();
        ShouldBeClose(predictive.EpistemicVariance, zeros_like(predictive.Mean), 0);
        ShouldBeClose(predictive.TotalVariance, Likelihood.Variance(outputs[0]), 1e-12);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        var output = Outputs(1, 6).squeeze(0);
        foreach (var target in new[] { Targets(5), Targets(6).squeeze(-1), Targets(6).unsqueeze(0).expand(7, -1, -1) })
        {
            var act = () => Likelihood.LogProbability(output, target);
            act.Should().Throw<ArgumentException>().WithMessage("*target has shape*output*expected equal shapes*");
        }
    }

    [Fact]
    public void An_output_without_a_draw_is_refused()
    {
        var act = () => Likelihood.LogProbability(Outputs(1, 6).narrow(0, 0, 0), Targets(6));
        act.Should().Throw<ArgumentException>().WithMessage("*output [0, 6, 1]; expected equal shapes*");
    }

    [Fact]
    public void An_empty_batch_is_refused()
    {
        var act = () => Likelihood.LogProbability(Outputs(1, 6).squeeze(0).narrow(0, 0, 0), Targets(6).narrow(0, 0, 0));
        act.Should().Throw<ArgumentException>().WithMessage("*empty batch*");
    }
}
