using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

/// <summary>
/// Predictions of few rows, whose drawn weights stay from one call to the next, equal those of many rows to the bit, and see every change of the
/// model.
/// </summary>
public sealed class FewRowsTests : TorchTest
{
    private static readonly GaussianLikelihood Noise = new(0.5);

    /// <summary>Numbers of draws, whether layers have biases, and the widths of the layers.</summary>
    public static TheoryData<int, bool, long[]> Sizes => new()
    {
        { 1, true, [1, 1] }, { 7, true, [3, 5] }, { 8, false, [2, 5, 5, 1] }, { 9, true, [2, 8, 5, 1] }, { 100, true, [13, 50, 1] },
        { 33, false, [13, 50, 16, 3] }, { 3, true, [64, 130, 10] },
    };

    private static BayesianSequential Stack(bool hasBias, params long[] widths) => new(
        widths.Zip(widths.Skip(1))
            .SelectMany(IEnumerable<Module<Tensor, Tensor>> (pair) => [
                new BayesianLinear(pair.First, pair.Second, hasBias, initializer: new NormalInitializer()), Tanh()])
            .SkipLast(1));

    private static Tensor Samples(FunctionDistribution distribution, Tensor input, int draws, long seed = 3)
    {
        using var predictor = new MonteCarloPredictive(distribution, Noise, draws, seed);
        using var prediction = predictor.Predict(input, keepSamples: true);
        return prediction.Samples.clone();
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Few_rows_equal_the_same_rows_among_many_to_the_bit(int draws, bool hasBias, long[] widths)
    {
        using var model = Stack(hasBias, widths);
        var input = randn(40, widths[0]);
        var many = Samples(FunctionDistribution.Of(model), input, draws);
        foreach (var (first, length) in new (long, long)[] { (0, 1), (5, 2), (20, 16) })
            ShouldBeClose(Samples(FunctionDistribution.Of(model), input.narrow(0, first, length), draws), many.narrow(1, first, length), 0);
    }

    [Fact]
    public void Fixed_layers_between_drawn_ones_are_part_of_the_pass()
    {
        using var model = new BayesianSequential(
            new BayesianLinear(4, 9), ReLU(), Linear(9, 11), SiLU(), new BayesianLinear(11, 2, hasBias: false));
        var input = randn(30, 4);
        ShouldBeClose(
            Samples(FunctionDistribution.Of(model), input.narrow(0, 3, 2), 20), Samples(FunctionDistribution.Of(model), input, 20).narrow(1, 3, 2),
            0);
    }

    [Fact]
    public void A_later_call_equals_the_first_to_the_bit()
    {
        using var model = Stack(true, 5, 20, 1);
        using var predictor = new MonteCarloPredictive(model, Noise, 50, seed: 1);
        Tensor row = randn(1, 5), other = randn(3, 5);
        using Predictive first = predictor.Predict(row), second = predictor.Predict(row), third = predictor.Predict(other);
        ShouldBeClose(second.Mean, first.Mean, 0);
        ShouldBeClose(second.TotalStddev, first.TotalStddev, 0);
        using var fresh = new MonteCarloPredictive(model, Noise, 50, seed: 1).Predict(other);
        ShouldBeClose(third.Mean, fresh.Mean, 0);
    }

    [Fact]
    public void A_change_of_the_model_is_seen()
    {
        using var model = Stack(true, 5, 20, 1);
        using var predictor = new MonteCarloPredictive(model, Noise, 50, seed: 1);
        var row = randn(1, 5);
        Changes("a value of a mean", () => model.named_parameters().First(each => each.name.EndsWith("weight_mu")).parameter[0, 0].add_(1));
        Changes("a log-variance", () => model.named_parameters().First(each => each.name.EndsWith("bias_log_var")).parameter.add_(1));
        Changes("a loaded state", () => model.load_state_dict(Stack(true, 5, 20, 1).state_dict()));
        Changes("other parameter objects", () =>
        {
            model.to(float64).to(float32);
            model.named_parameters().First().parameter.mul_(2);
        });

        void Changes(string what, Action change)
        {
            using var before = predictor.Predict(row);
            using (no_grad())
                change();
            using Predictive after = predictor.Predict(row), fresh = new MonteCarloPredictive(model, Noise, 50, seed: 1).Predict(row);
            ShouldBeClose(after.Mean, fresh.Mean, 0);
            (after.Mean - before.Mean).abs().item<float>().Should().BeGreaterThan(1e-4f, "of {0}", what);
        }
    }

    [Fact]
    public void Parameters_that_were_replaced_by_equal_ones_change_nothing()
    {
        using var model = Stack(true, 5, 20, 1);
        using var predictor = new MonteCarloPredictive(model, Noise, 50, seed: 1);
        var row = randn(1, 5);
        using var before = predictor.Predict(row);
        model.to(float64).to(float32);
        using var after = predictor.Predict(row);
        ShouldBeClose(after.Mean, before.Mean, 0);
    }

    [Fact]
    public void Draws_of_other_names_are_not_mixed_up()
    {
        using var model = Stack(true, 5, 20, 1);
        using var predictor = new MonteCarloPredictive(model, Noise, 30, seed: 1);
        var row = randn(1, 5);
        using var first = predictor.Predict(row, firstDraw: 0, keepSamples: true);
        using var later = predictor.Predict(row, firstDraw: 10, keepSamples: true);
        ShouldBeClose(later.Samples.narrow(0, 0, 20), first.Samples.narrow(0, 10, 20), 0);
        using var unnamed = new MonteCarloPredictive(model, Noise, 30);
        using Predictive one = unnamed.Predict(row), two = unnamed.Predict(row);
        one.Seed.Should().NotBe(two.Seed);
        one.Mean.Equals(two.Mean).Should().BeFalse();
    }

    [Fact]
    public void Several_threads_share_a_predictor()
    {
        using var model = Stack(true, 5, 20, 1);
        using var predictor = new MonteCarloPredictive(model, Noise, 50, seed: 1);
        var rows = randn(40, 5);
        using var all = predictor.Predict(rows);
        float[] expected = all.Mean.data<float>().ToArray(), found = new float[40];
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 4 }, row =>
        {
            using var scope = NewDisposeScope();
            found[row] = predictor.Predict(rows.narrow(0, row, 1)).Mean.item<float>();
        });
        found.Should().Equal(expected);
    }

    [Fact]
    public void A_smaller_budget_and_an_ensemble_give_the_same_functions()
    {
        using BayesianSequential model = Stack(true, 30, 100, 1), other = Stack(true, 30, 100, 1);
        var rows = randn(20, 30);
        using var small = new MonteCarloPredictive(model, Noise, 60, seed: 1, MemoryBudget.FromMebibytes(1));
        using var wide = new MonteCarloPredictive(model, Noise, 60, seed: 1);
        using Predictive few = small.Predict(rows.narrow(0, 0, 2)), all = wide.Predict(rows);
        ShouldBeClose(few.Mean, all.Mean.narrow(0, 0, 2), 1e-5);
        var ensemble = new Ensemble([model, other]);
        ShouldBeClose(Samples(ensemble, rows.narrow(0, 4, 3), 30), Samples(ensemble, rows, 30).narrow(1, 4, 3), 0);
    }

    [Fact]
    public void Repeated_calls_leave_no_tensor()
    {
        using var model = Stack(true, 5, 20, 1);
        using var predictor = new MonteCarloPredictive(model, Noise, 50, seed: 1);
        var row = randn(1, 5);
        Predict();
        long before = LiveTensors();
        for (int i = 0; i < 5; i++)
            Predict();
        LiveTensors().Should().Be(before);

        void Predict()
        {
            using var scope = NewDisposeScope();
            var prediction = predictor.Predict(row, keepSamples: true);
            prediction.PredictionInterval();
            prediction.CredibleInterval();
        }
    }
}
