using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Laws;

/// <summary>The laws of distributions over functions and of predictions with them. A test class of a distribution inherits them.</summary>
public abstract class FunctionDistributionLaws : TorchTest
{
    private const long Seed = 11;

    private FunctionDistribution? _distribution;

    /// <summary>Creates the distribution: functions from <see cref="Input"/> to one number per row.</summary>
    protected abstract FunctionDistribution Create();

    /// <summary>Whether different draws are different functions.</summary>
    protected virtual bool IsRandom => true;

    /// <summary>The permitted rounding difference of the same function in blocks of other sizes.</summary>
    protected virtual double Rounding => 1e-5;

    protected virtual Tensor Input => randn(37, 3);

    /// <summary>All inputs, of functions with several.</summary>
    protected virtual NetworkInput Inputs => Input;

    private FunctionDistribution Distribution => _distribution ??= Create();

    private Tensor Outputs(NetworkInput input, int count, int first = 0, long seed = Seed)
    {
        using var draws = Distribution.Draw(seed, count, first);
        draws.Count.Should().Be(count);
        return draws.Apply(input);
    }

    private MonteCarloPredictive Predictor(int samples = 13, MemoryBudget? budget = null, double? tolerance = null) =>
        new(Distribution, new GaussianLikelihood(0.1), samples, Seed, budget, tolerance);

    [Fact]
    public void A_draw_is_the_same_function_in_any_block()
    {
        var input = Inputs;
        var all = Outputs(input, 13);
        all.shape.Should().Equal(13, input.Rows, 1);
        ShouldBeClose(cat([Outputs(input, 1), Outputs(input, 5, first: 1), Outputs(input, 7, first: 6)], 0), all, Rounding);
        ShouldBeClose(Outputs(input.Narrow(30, 7), 13), all.narrow(1, 30, 7), Rounding);
    }

    [Fact]
    public void Every_call_applies_the_same_functions_and_keeps_the_input()
    {
        var input = Inputs;
        var before = input.Clone();
        using var draws = Distribution.Draw(Seed, 4);
        ShouldBeClose(draws.Apply(input), draws.Apply(input), 0);
        foreach (var (tensor, kept) in input.Tensors.Zip(before.Tensors))
            ShouldBeClose(tensor, kept, 0);
    }

    [Fact]
    public void Draws_and_seeds_differ_unless_there_is_one_function()
    {
        var input = Inputs;
        var all = Outputs(input, 2);
        bool differs = !all[0].allclose(all[1], rtol: 0, atol: 1e-9),
            seedMatters = !all.allclose(Outputs(input, 2, seed: Seed + 1), rtol: 0, atol: 1e-9);
        differs.Should().Be(Distribution.ExactSamples != 1);
        seedMatters.Should().Be(IsRandom);
    }

    [Fact]
    public void A_prediction_summarizes_the_draws()
    {
        var input = Inputs;
        var outputs = Outputs(input, 13).to(float64);
        using var prediction = Predictor().Predict(input, keepSamples: true);
        ShouldBeClose(prediction.Samples, outputs, Rounding);
        ShouldBeClose(prediction.Mean, outputs.mean([0]), Rounding);
        ShouldBeClose(prediction.EpistemicVariance, outputs.var(0, unbiased: false), Rounding);
        prediction.SamplesUsed.Should().Be(13);
    }

    [Fact]
    public void Parts_merge_to_the_whole()
    {
        var input = Inputs;
        using var whole = Predictor().Predict(input);
        using var first = Predictor(5).Predict(input);
        using var second = Predictor(8).Predict(input, firstDraw: 5);
        using var merged = Predictive.Merge(second, first);
        merged.SamplesUsed.Should().Be(13);
        ShouldBeClose(merged.Mean, whole.Mean, Rounding);
        ShouldBeClose(merged.EpistemicVariance, whole.EpistemicVariance, Rounding);
    }

    [Fact]
    public void Budget_and_threads_change_nothing_but_rounding()
    {
        var input = Inputs.Each(tensor => cat([.. Enumerable.Repeat(tensor, 200)], 0));
        using var usual = Predictor(40).Predict(input);
        int before = get_num_threads();
        try
        {
            foreach (int threads in new[] { 1, 3 })
            {
                set_num_threads(threads);
                using var small = Predictor(40, MemoryBudget.FromMebibytes(1)).Predict(input);
                ShouldBeClose(small.Mean, usual.Mean, Rounding);
                ShouldBeClose(small.EpistemicStddev, usual.EpistemicStddev, Math.Sqrt(Rounding));
            }
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void Draws_end_when_the_mean_is_exact_enough()
    {
        using var prediction = Predictor(1_000, tolerance: 10).Predict(Inputs);
        prediction.SamplesUsed.Should().Be(32);
    }

    [Fact]
    public void Cancellation_ends_a_prediction_and_the_next_one_succeeds()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var predictor = Predictor();
        predictor.Invoking(each => each.Predict(Inputs, cancellationToken: source.Token)).Should().Throw<OperationCanceledException>();
        using var prediction = predictor.Predict(Inputs);
        ShouldBeFinite(prediction.Mean);
    }

    [Fact]
    public void No_tensor_stays_behind()
    {
        var input = Inputs;
        var predictor = Predictor();
        predictor.Predict(input).Dispose();
        Outputs(input, 3).Dispose();
        long before = LiveTensors();
        predictor.Predict(input, keepSamples: true).Dispose();
        Outputs(input, 3).Dispose();
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void A_fingerprint_distinguishes_parameters()
    {
        ulong before = Distribution.Fingerprint();
        Distribution.Fingerprint().Should().Be(before);
        WithOtherParameters(Distribution).Fingerprint().Should().NotBe(before);
    }

    /// <summary>Changes a parameter of the distribution, or returns another one with a changed parameter.</summary>
    protected virtual FunctionDistribution WithOtherParameters(FunctionDistribution distribution)
    {
        using var noGrad = no_grad();
        distribution.Module!.parameters().First().add_(1);
        return distribution;
    }

    [Fact]
    public void Numbers_outside_their_range_are_refused()
    {
        Distribution.Invoking(each => each.Draw(Seed, 0)).Should().Throw<ArgumentOutOfRangeException>();
        Distribution.Invoking(each => each.Draw(Seed, 1, -1)).Should().Throw<ArgumentOutOfRangeException>();
        Distribution.Invoking(each => each.Draw(Seed, 2, int.MaxValue)).Should().Throw<ArgumentOutOfRangeException>();
    }
}
