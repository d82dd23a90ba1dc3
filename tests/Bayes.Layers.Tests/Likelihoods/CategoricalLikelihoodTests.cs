using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Likelihoods;

public sealed class CategoricalLikelihoodTests : LikelihoodLaws
{
    private const int Classes = 4;

    protected override Likelihood Likelihood => new CategoricalLikelihood();

    protected override Tensor Outputs(long draws, long batch) => Normal(draws, batch, Classes).mul(2);

    protected override Tensor Targets(long batch) => arange(batch, int64).remainder(Classes);

    protected override (Tensor Points, double Weight) Support(long batch) =>
        (stack(Enumerable.Range(0, Classes).Select(c => full([batch], c, int64))), 1);

    protected override double[] ImpossibleTargets => [-1, Classes];

    protected override Tensor AsMean(Tensor target) => functional.one_hot(target, Classes).to(float64);

    protected override string[] RefusedLastModules => ["Sigmoid", "Hardsigmoid", "Softmax", "Softmax2d", "Softmin", "LogSigmoid", "LogSoftmax"];

    [Fact]
    public void Log_probabilities_of_several_places_are_summed_even_beside_a_NaN()
    {
        var likelihood = new CategoricalLikelihood(classAxis: -1);
        Tensor outputs = Normal(3, 4, 5, 2), target = zeros([4, 5], int64);
        ShouldBeClose(likelihood.LogProbability(outputs, target), functional.log_softmax(outputs, -1).select(-1, 0).sum([-1L]), 1e-12);
        outputs[1, 2, 0, 0] = double.NaN;
        using var prediction = Predictive.OfSamples(outputs, likelihood, target);
        Values(prediction.LogPredictiveDensity).Select(double.IsNaN).Should().Equal(false, false, true, false);
    }

    [Fact]
    public void Logits_without_classes_are_refused()
    {
        var act = () => new CategoricalLikelihood().LogProbability(zeros(3, 2, 0), zeros([2], int64));
        act.Should().Throw<ArgumentException>()
            .WithMessage("The output has shape [3, 2, 0]; expected logits [batch, classes] or [samples, batch, classes].*");
    }

    [Fact]
    public void Two_classes_match_a_Bernoulli()
    {
        Tensor logits = Normal(3, 6, 1), target = Normal(6, 1) > 0;
        var expected = new BernoulliLikelihood().LogProbability(logits, target);
        var two = cat([zeros_like(logits), logits], -1);
        ShouldBeClose(Likelihood.LogProbability(two, target.squeeze(1).to(int64)), expected, 1e-14);
        using Predictive categorical = Predictive.OfSamples(two, Likelihood), bernoulli = Predictive.OfSamples(logits, new BernoulliLikelihood());
        ShouldBeClose(categorical.Mean.narrow(1, 1, 1), bernoulli.Mean, 1e-14);
        ShouldBeClose(categorical.MutualInformation, bernoulli.MutualInformation.squeeze(1), 1e-14);
    }

    /// <summary>For one pass and several, and with the classes along any axis. In a floating-point type it is a soft target.</summary>
    [Theory]
    [InlineData(-1)]
    [InlineData(-3)]
    public void The_message_for_a_one_hot_target_contains_the_call_that_converts_it(int axis)
    {
        var likelihood = new CategoricalLikelihood(classAxis: axis);
        var classes = randint(0, Classes, [6, 2, 3], int64);
        var outputs = Normal(5, 6, 2, 3, Classes).movedim([-1L], [axis]);
        foreach (var (type, cast) in new[] { (ScalarType.Int64, ""), (ScalarType.Bool, "to(int64).") })
            foreach (var output in new[] { outputs, outputs[0] })
            {
                var oneHot = functional.one_hot(classes, Classes).movedim([-1L], [axis]).to(type);
                likelihood.Invoking(each => each.LogProbability(output, oneHot)).Should().Throw<ArgumentException>()
                    .WithMessage($"The target has shape * and the output *; expected the index of a class* target.{cast}argmax({4 + axis}).*");
                oneHot.to(int64).argmax(4 + axis).Equals(classes).Should().BeTrue();
                ShouldBeClose(likelihood.LogProbability(output, oneHot.to(float32)), likelihood.LogProbability(output, classes), 1e-12);
            }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    public void A_class_out_of_range_is_refused(long target)
    {
        var act = () => Likelihood.LogProbability(Outputs(1, 1).squeeze(0), full([1], target, int64));
        act.Should().Throw<ArgumentException>().WithMessage($"target has the value {target}; expected classes 0 to 3.*");
    }

    [Fact]
    public void A_target_that_is_not_an_integer_is_refused()
    {
        var act = () => Likelihood.LogProbability(Outputs(1, 6).squeeze(0), ones(6, float64));
        act.Should().Throw<ArgumentException>().WithMessage("*Float64*integer type*");
    }

    [Fact]
    public void Extreme_logits_stay_finite()
    {
        var output = tensor(new[] { 1e4, -1e4, 0, 3 }).reshape(1, 4);
        ShouldBeFinite(Likelihood.LogProbability(output, tensor(new long[] { 1 })));
        using var predictive = Predictive.OfSamples(stack([output, -output]), Likelihood, tensor(new long[] { 1 }));
        foreach (var tensor in new[] { predictive.TotalEntropy, predictive.ExpectedEntropy, predictive.MutualInformation,
            predictive.LogPredictiveDensity })
            ShouldBeFinite(tensor);
    }

    [Fact]
    public void A_bool_target_is_refused()
    {
        var act = () => new CategoricalLikelihood().LogProbability(Normal(6, 4), ones(6, ScalarType.Bool));
        act.Should().Throw<ArgumentException>().WithMessage("*Bool*integer type*");
    }

    [Fact]
    public void Classes_are_not_checked_if_validation_is_off()
    {
        var act = () => new CategoricalLikelihood(validate: false).LogProbability(Normal(1, 4), full([1], 4, int64));
        act.Should().Throw<Exception>().Which.Should().NotBeOfType<ArgumentException>("it is the native library that refuses");
    }
}
